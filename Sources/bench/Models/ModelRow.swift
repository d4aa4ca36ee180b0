import KernelSupport
import Notebook

/// What was measured of a model.
package struct ModelRow {
  /// The model.
  let model: TrainingModel
  /// The kernels that it ran on.
  let backend: Backend
  /// The threads that they could use.
  let threads: Int
  /// Seconds a step.
  let seconds: Double
  /// How many numbers it learns.
  let parameterCount: Int
  /// The most memory that the process had taken by then: the model's own peak where it is the first.
  let peakBytes: Int

  /// Creates a row.
  package init(
    model: TrainingModel, backend: Backend, threads: Int, seconds: Double, parameterCount: Int,
    peakBytes: Int = peakMemory
  ) {
    self.model = model
    self.backend = backend
    self.threads = threads
    self.seconds = seconds
    self.parameterCount = parameterCount
    self.peakBytes = peakBytes
  }

  /// A JSON object, as the peers print it.
  package var json: String {
    #"{"model":"\#(model.name)","peer":"swift","backend":"\#(backend.rawValue)","threads":\#(threads),"#
      + #""batch":\#(model.batch),"ms_per_step":\#(fixed(seconds * 1e3, 4)),"params":\#(parameterCount)}"#
  }

  /// The table's columns and their widths; numbers stand at the right of theirs.
  package static let columns = [
    ("model", -12), ("kernels", -8), ("optimizer", -10), ("threads", 8), ("batch", 6),
    ("parameters", 11), ("ms a step", 10), ("examples/s", 11), ("peak MB", 8),
  ]

  /// The row of the table.
  package var texts: [String] {
    [
      model.name, backend.rawValue, model.optimizer, "\(threads)", "\(model.batch)",
      "\(parameterCount)", fixed(seconds * 1e3, 4), fixed(Double(model.batch) / seconds, 0),
      fixed(Double(peakBytes) / 1e6, 1),
    ]
  }
}
