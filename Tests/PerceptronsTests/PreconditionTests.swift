import KernelSupport
import Perceptrons
import Testing

/// Programmers' mistakes end the program, and the message names the operation and the shapes.
@Suite struct PreconditionTests {
  static func message(of result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }

  @Test func `vectors of different lengths have no dot product`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let (x, y): ([Scalar], [Scalar]) = ([1, 2, 3], [1, 2])
      _ = Fast.dot(x.span, y.span)
    }
    #expect(Self.message(of: result).contains("dot: vectors of 3 and 2 elements"))
  }

  @Test func `a matrix and a vector must fit`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let (matrix, vector): ([Scalar], [Scalar]) = ([1, 2, 3, 4, 5, 6], [1, 2])
      var product: [Scalar] = [0, 0]
      var span = product.mutableSpan
      Fast.matrixVector(
        matrix.span, columns: 3, transposed: false, vector.span, into: &span, accumulating: false)
    }
    #expect(Self.message(of: result).contains("matrixVector: 2×3 times 2 into 2"))
  }

  @Test func `a pullback needs a gradient for every output`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let output: [Scalar] = [0.5, 0.5, 0.5]
      var gradient: [Scalar] = [1, 1]
      var span = gradient.mutableSpan
      Fast.sigmoidBackward(output: output.span, gradient: &span)
    }
    #expect(Self.message(of: result).contains("sigmoidBackward: a gradient of 2 elements for 3"))
  }

  @Test func `softmax wants whole rows`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var scores: [Scalar] = [1, 2, 3]
      var span = scores.mutableSpan
      Fast.softmax(&span, columns: 2)
    }
    #expect(Self.message(of: result).contains("softmax: 3 elements in rows of 2"))
  }

  @Test func `a memory has a state for every neuron`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var network = HopfieldNetwork(neuronCount: 4)
      network.store([1, -1, 1])
    }
    #expect(
      Self.message(of: result).contains("HopfieldNetwork.store: 3 states for 4 neurons"))
  }

  @Test func `a weighted sum has weights`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = WeightedSum(inputCount: 0)
    }
    #expect(Self.message(of: result).contains("WeightedSum: no weights"))
  }

  /// Each of the two conditions violated by itself.
  @Test func `a separation has a label for every example, and at least one`() async {
    let results = [
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let line = WeightedSum(inputCount: 2)
        _ = Separation(of: [], labels: [], by: line)
      },
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let line = WeightedSum(inputCount: 2)
        _ = Separation(of: [1, 2, 3, 4], labels: [1], by: line)
      },
    ]
    for result in results {
      #expect(Self.message(of: result).contains("Separation: "))
      #expect(Self.message(of: result).contains("labels, 2 a row"))
    }
  }
}
