import Backprop
import KernelSupport
import RNN
import TestSupport
import Testing

/// PyTorch computed the references in double precision; `make_fixtures.py` tells the orders of the gates.
@Suite struct RecurrentPyTorchTests {
  /// A step adds up ten products of numbers up to 3 and applies a few functions: some 16 ulp. Five steps, each of
  /// which hands on at most twice the error of the one before, as those weights do: 2⁵ times that.
  static let tolerance = 512 * Scalar.ulpOfOne

  static let forms = ["", " padded", " bidirectional", " stacked"]

  @Test(arguments: LayerKind.allCases, forms)
  func `values and gradients of a layer agree`(kind: LayerKind, form: String) throws {
    for backend in Backend.allCases {
      try Backend.$current.withValue(backend) { try check(kind, form) }
    }
  }

  private func check(_ kind: LayerKind, _ form: String) throws {
    let fixture = try Fixture("layers")
    let name = kind.rawValue + form
    let (batch, time, inputs, units) = (3, 5, 4, 6)
    let lower = kind.layer(inputs, units, seed: 1)
    let upper = kind.layer(form == " stacked" ? units : inputs, units, seed: 1)
    let layers = form == "" || form == " padded" ? [lower] : [lower, upper]
    let named = layers.enumerated().flatMap { index, layer in
      parameters(of: layer).map { NamedParameter("\(index).\($0.name)", $0.variable) }
    }
    for parameter in named {
      let shape = parameter.variable.value.shape
      parameter.variable.setValue(Tensor(fixture[name, parameter.name], shape: shape))
    }
    let whole: any RecurrentLayer =
      switch form {
      case " bidirectional": Bidirectional(forward: lower, backward: upper)
      case " stacked": Stacked([lower, upper])
      default: lower
      }
    func parts(_ tensor: String) -> [Variable] {
      let numbers = fixture[name, tensor]
      let count = batch * units
      return (0..<numbers.count / count).map {
        Variable(
          Tensor(Array(numbers[$0 * count..<($0 + 1) * count]), shape: [batch, units]),
          needsGradient: true)
      }
    }
    let x = Variable(
      Tensor(fixture[name, "x"], shape: [batch, time, inputs]), needsGradient: true)
    let (h0, c0) = (parts("h0"), kind == .lstm ? parts("c0") : [])
    let initial = h0.indices.map {
      RecurrentState(hidden: h0[$0], cell: c0.isEmpty ? nil : c0[$0])
    }
    let lengths = form == "" ? nil : [3, 5, 1]
    let (output, state) = whole(x, from: initial, lengths: lengths)

    // PyTorch puts out zeros beyond a sequence's end, where this book repeats the state.
    let width = output.value.columns
    func within(_ numbers: [Scalar]) -> [Scalar] {
      numbers.indices.map { index in
        let (n, t) = (index / (time * width), index / width % time)
        return lengths.map { t < $0[n] } ?? true ? numbers[index] : 0
      }
    }
    expectClose(within(output.value.elements), fixture[name, "output"], within: Self.tolerance)
    expectClose(
      state.flatMap(\.hidden.value.elements), fixture[name, "hn"], within: Self.tolerance)
    let upstream = within(fixture[name, "upstream"])
    var loss = (output * Variable(Tensor(upstream, shape: output.value.shape))).sum()
    func add(_ variables: [Variable], _ tensor: String) {
      for (variable, weights) in zip(variables, parts(tensor)) {
        loss = loss + (variable * weights.detached()).sum()
      }
    }
    add(state.map(\.hidden), "upstreamH")
    if kind == .lstm {
      expectClose(
        state.flatMap { $0.cell!.value.elements }, fixture[name, "cn"], within: Self.tolerance)
      add(state.map { $0.cell! }, "upstreamC")
    }
    loss.backward()
    let gradients =
      named
      + [NamedParameter("x", x)]
    for parameter in gradients {
      expectClose(
        parameter.variable.gradient?.elements ?? [], fixture[name, "\(parameter.name) gradient"],
        within: 4 * Self.tolerance, "\(name) \(parameter.name)")
    }
    for (variables, tensor) in [(h0, "h0"), (c0, "c0")] where !variables.isEmpty {
      expectClose(
        variables.flatMap { $0.gradient?.elements ?? [] }, fixture[name, "\(tensor) gradient"],
        within: 4 * Self.tolerance, "\(name) \(tensor)")
    }
  }

  @Test func `the form with the reset gate first agrees`() throws {
    let fixture = try Fixture("layers")
    let name = "gru, reset before"
    var generator = SeededGenerator(seed: 1)
    let layer = ResetBeforeGRU(4, 6, using: &generator)
    let x = Variable(Tensor(fixture[name, "x"], shape: [3, 5, 4]), needsGradient: true)
    let h0 = Variable(Tensor(fixture[name, "h0"], shape: [3, 6]), needsGradient: true)
    let named = parameters(of: layer) + [NamedParameter("x", x), NamedParameter("h0", h0)]
    for parameter in named {
      parameter.variable.setValue(
        Tensor(fixture[name, parameter.name], shape: parameter.variable.value.shape))
    }
    let (output, _) = layer(x, from: [RecurrentState(hidden: h0)], lengths: nil)
    expectClose(output.value.elements, fixture[name, "output"], within: Self.tolerance)
    output.backward(Tensor(fixture[name, "upstream"], shape: output.value.shape))
    for parameter in named {
      expectClose(
        parameter.variable.gradient?.elements ?? [], fixture[name, "\(parameter.name) gradient"],
        within: 4 * Self.tolerance, parameter.name)
    }
  }
}
