import Attention
import Backprop
import KernelSupport
import TestSupport
import Testing

/// PyTorch, and for rotary positions the transformers library, computed the references in double precision.
@Suite struct AttentionPyTorchTests {
  /// Inputs up to 4 are rounded to half an ulp, then follow sums of 7 products of numbers up to 4: 64 ulp. A gradient
  /// multiplies by the upstream gradient up to 3 as well, and the layers add a product before and one
  /// after: four times that.
  static let tolerance = 64 * Scalar.ulpOfOne
  static let gradientTolerance = 256 * Scalar.ulpOfOne

  let fixture: Fixture

  init() throws { fixture = try Fixture("attention") }

  /// The inputs of a case, its output compared, and its gradients.
  private func expectAgreement(
    _ name: String, _ shapes: [(name: String, shape: [Int])], _ backend: Backend,
    sourceLocation: SourceLocation = #_sourceLocation, _ compute: ([Variable]) -> Variable
  ) {
    let inputs = shapes.map {
      Variable(Tensor(fixture[name, $0.name], shape: $0.shape), needsGradient: true)
    }
    Backend.$current.withValue(backend) {
      let output = compute(inputs)
      expectClose(
        output.value.elements, fixture[name, "output"], within: Self.tolerance, name,
        sourceLocation: sourceLocation)
      output.backward(Tensor(fixture[name, "upstream"], shape: output.value.shape))
      for (input, shape) in zip(inputs, shapes) {
        expectClose(
          input.gradient?.elements ?? [], fixture[name, "\(shape.name) gradient"],
          within: Self.gradientTolerance, "\(name): gradient of \(shape.name)",
          sourceLocation: sourceLocation)
      }
    }
  }

  static let cases: [(name: String, queries: Int, keys: Int, mask: AttentionMask, scale: Scalar?)] =
    [
      ("none", 5, 7, .none, nil), ("scale", 5, 7, .none, 0.3), ("causal", 6, 6, .causal, nil),
      ("causal, fewer queries", 3, 7, .causal, nil), ("lengths", 5, 7, .lengths([7, 4]), nil),
      (
        "pattern", 5, 7,
        .allowing(AttentionPattern(queries: 5, keys: 7) { (3 * $0 + 2 * $1) % 4 != 1 }), nil
      ),
    ]

  @Test(arguments: cases.indices, Backend.allCases)
  func `scaled dot-product attention and its gradients agree`(index: Int, backend: Backend) {
    let item = Self.cases[index]
    let key = [2, item.keys, 6]
    expectAgreement(
      item.name, [("query", [2, item.queries, 6]), ("key", key), ("value", key)], backend
    ) {
      $0[0].attention(key: $0[1], value: $0[2], heads: 2, mask: item.mask, scale: item.scale)
    }
  }

  @Test(arguments: Backend.allCases)
  func `multi-head attention agrees`(backend: Backend) {
    var generator = SeededGenerator(seed: 1)
    let layer = MultiHeadAttention(6, heads: 3, using: &generator)
    expectLayer(
      "self-attention", [("x", [2, 5, 6])], backend, layer.output,
      [(layer.queryKeyValue, 0..<18)]
    ) { layer($0[0], mask: .causal, .evaluation) }
    let cross = CrossAttention(6, heads: 3, using: &generator)
    expectLayer(
      "cross-attention", [("x", [2, 3, 6]), ("memory", [2, 5, 6])], backend, cross.output,
      [(cross.query, 0..<6), (cross.keyValue, 6..<18)]
    ) { cross($0[0], $0[1]) }
  }

  /// A layer with PyTorch's weights, [out, in], the rows of whose first product are divided among ours.
  private func expectLayer(
    _ name: String, _ shapes: [(name: String, shape: [Int])], _ backend: Backend, _ out: Dense,
    _ parts: [(layer: Dense, rows: Range<Int>)], _ compute: ([Variable]) -> Variable
  ) {
    func transposed(_ key: String, _ rows: Range<Int>) -> Tensor {
      let elements = fixture[name, key]
      return Tensor(
        (0..<6).flatMap { column in rows.map { elements[$0 * 6 + column] } },
        shape: [6, rows.count])
    }
    for (layer, rows) in parts + [(out, 0..<6)] {
      let kind = layer.weight === out.weight ? "out" : "in"
      layer.weight.setValue(transposed("\(kind) weight", rows))
      layer.bias.setValue(
        Tensor(Array(fixture[name, "\(kind) bias"][rows]), shape: [rows.count]))
      layer.weight.clearGradient()
      layer.bias.clearGradient()
    }
    expectAgreement(name, shapes, backend, compute)
    for (layer, rows) in parts + [(out, 0..<6)] {
      let kind = layer.weight === out.weight ? "out" : "in"
      expectClose(
        layer.weight.gradient!.elements, transposed("\(kind) weight gradient", rows).elements,
        within: Self.gradientTolerance, "\(name): \(kind) weight")
      expectClose(
        layer.bias.gradient!.elements, Array(fixture[name, "\(kind) bias gradient"][rows]),
        within: Self.gradientTolerance, "\(name): \(kind) bias")
    }
  }

  @Test(arguments: Backend.allCases)
  func `attentions named for their scores agree`(backend: Backend) {
    var generator = SeededGenerator(seed: 2)
    let layers: [(String, any AttentionLayer)] = [
      ("additive", AdditiveAttention(4, 6, units: 7, using: &generator)),
      ("general", GeneralAttention(4, 6, using: &generator)),
      ("scaled dot-product", ScaledDotProductAttention(4, 6, units: 7, using: &generator)),
    ]
    for (name, layer) in layers {
      let weights = parameters(of: layer)
      for (index, weight) in weights.enumerated() {
        weight.variable.setValue(
          Tensor(fixture[name, "weight\(index)"], shape: weight.variable.value.shape))
      }
      expectAgreement(name, [("query", [2, 3, 4]), ("memory", [2, 5, 6])], backend) {
        let attended = layer($0[0], $0[1], mask: .lengths([5, 3]))
        expectClose(
          attended.weights.value.elements, fixture[name, "weights"], within: Self.tolerance)
        return attended.context
      }
      for (index, weight) in weights.enumerated() {
        expectClose(
          weight.variable.gradient!.elements, fixture[name, "weight\(index) gradient"],
          within: Self.gradientTolerance, "\(name): weight \(index)")
      }
    }
  }

  @Test(arguments: PositionPairing.allCases, Backend.allCases)
  func `rotary positions agree`(pairing: PositionPairing, backend: Backend) {
    expectAgreement("rotary \(pairing)", [("x", [2, 5, 12])], backend) {
      $0[0].rotated(RotaryPositions(pairing: pairing), width: 6, from: 3)
    }
  }

  @Test func `sinusoidal positions agree`() {
    let positions = SinusoidalPositions(10)
    // An angle below 2π and its sine round once each; the angle itself, up to 39, in double precision.
    expectClose(
      positions.table(0..<40).elements, fixture["sinusoids", "table"],
      within: max(4 * .ulpOfOne, 1e-14))
    expectClose(
      positions.table(8190..<8192).elements, fixture["sinusoids far", "table"],
      within: max(4 * .ulpOfOne, 1e-12), "8192 rounds double precision to 1e-12")
  }
}
