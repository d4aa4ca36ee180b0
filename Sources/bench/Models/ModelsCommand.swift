import Backprop
import KernelSupport
import Notebook

/// `bench models`: times training steps.
package struct ModelsCommand {
  /// What it understands.
  package static let options =
    [
      CommandOption("--only", "NAME", help: "that model; several with commas between"),
      CommandOption("--kernels", "naive|fast", help: "which kernels to use (default: fast)"),
    ] + sharedOptions

  /// What is timed.
  package let models: [TrainingModel]

  private let backend: Backend
  private let showsJSON: Bool

  /// Reads the command line.
  ///
  /// - Throws: `UsageError`.
  package init(_ arguments: Arguments) throws {
    let names = try arguments.names("--only", of: TrainingModel.all.map(\.name))
    models = TrainingModel.all.filter { names.isEmpty || names.contains($0.name) }
    backend = try arguments.backend() ?? .fast
    showsJSON = arguments.contains("--json")
  }

  /// Times one model after the other.
  package func run() {
    if !showsJSON {
      writeLine(tableLine(ModelRow.columns.map(\.0), ModelRow.columns.map(\.1)))
    }
    for model in models {
      let training = model.prepare()
      let seconds = Backend.$current.withValue(backend) { TrainingModel.seconds(training.step) }
      let row = ModelRow(
        model: model, backend: backend, threads: Threads.count, seconds: seconds,
        parameterCount: training.parameters.scalarCount)
      writeLine(showsJSON ? row.json : tableLine(row.texts, ModelRow.columns.map(\.1)))
    }
  }
}
