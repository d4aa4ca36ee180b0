import Backprop
import KernelSupport
import RNN
import TestSupport
import Testing

/// Keras computed the references in double precision, but for a part of the GRU that resets before the product:
/// there its numbers have the rounding of single precision, 6e-8, whatever its setting. `make_keras_fixtures.py` tells
/// its orders of the gates, and stores them in this book's.
@Suite struct RecurrentKerasTests {
  /// As in `RecurrentPyTorchTests`: 16 ulp a step, doubled over each of five.
  static func tolerance(_ name: String) -> Scalar {
    512 * (name == "gru, reset before" ? Scalar(Float.ulpOfOne) : Scalar.ulpOfOne)
  }

  static let names = ["gru, reset before", "gru, reset after", "lstm, unit forget bias"]

  private func layer(_ name: String) -> any RecurrentLayer {
    var generator = SeededGenerator(seed: 1)
    return switch name {
    case "gru, reset before": ResetBeforeGRU(4, 6, using: &generator)
    case "gru, reset after": GRU(4, 6, using: &generator)
    default: LSTM(4, 6, using: &generator)
    }
  }

  @Test(arguments: names, Backend.allCases)
  func `values and gradients of a layer agree`(name: String, backend: Backend) throws {
    let fixture = try Fixture("keras")
    try Backend.$current.withValue(backend) {
      let layer = layer(name)
      func variable(_ tensor: String, _ shape: [Int]) -> Variable {
        Variable(Tensor(fixture[name, tensor], shape: shape), needsGradient: true)
      }
      let (x, h0) = (variable("x", [3, 5, 4]), variable("h0", [3, 6]))
      let c0 = layer is LSTM ? variable("c0", [3, 6]) : nil
      for parameter in parameters(of: layer) {
        let tensor = Tensor(fixture[name, parameter.name], shape: parameter.variable.value.shape)
        parameter.variable.setValue(tensor)
      }
      let (output, _) = layer(x, from: [RecurrentState(hidden: h0, cell: c0)], lengths: nil)
      expectClose(output.value.elements, fixture[name, "output"], within: Self.tolerance(name))
      output.backward(Tensor(fixture[name, "upstream"], shape: output.value.shape))
      let all = parameters(of: layer) + [NamedParameter("x", x), NamedParameter("h0", h0)]
      for parameter in all + (c0.map { [NamedParameter("c0", $0)] } ?? []) {
        let gradient = try #require(parameter.variable.gradient).elements
        expectClose(
          gradient, fixture[name, "\(parameter.name) gradient"], within: 4 * Self.tolerance(name),
          "\(name), \(parameter.name)")
      }
    }
  }

  @Test func `Keras begins its forget gates where a new layer does`() throws {
    var generator = SeededGenerator(seed: 1)
    let bias = LSTM(4, 6, using: &generator).bias.value.elements
    #expect(bias == (try Fixture("keras"))["lstm, unit forget bias", "bias"])
    let other = LSTM(4, 6, forgetBias: 0, using: &generator).bias.value.elements
    #expect(bias != other)
  }

  @Test func `the two forms of a GRU are different functions`() {
    var generator = SeededGenerator(seed: 1)
    let (before, after) = (
      ResetBeforeGRU(4, 6, using: &generator), GRU(4, 6, using: &generator)
    )
    let pairs = [
      (before.inputWeight, after.inputWeight), (before.recurrentWeight, after.recurrentWeight),
    ]
    for (from, to) in pairs { to.setValue(from.value) }
    let x = Variable(Tensor(numbersOffZero(count: 24, seed: 2), shape: [2, 3, 4]))
    // From a state of zeros the first step is the same, since no gate is asked; the later ones are not.
    let (a, b) = (before(x).value.elements, after(x).value.elements)
    for n in 0..<2 {
      let first = n * 18..<n * 18 + 6
      expectClose(Array(a[first]), Array(b[first]), within: 16 * .ulpOfOne)
      #expect(zip(a, b).dropFirst(n * 18 + 6).prefix(12).contains { abs($0 - $1) > 1e-3 })
    }
  }
}
