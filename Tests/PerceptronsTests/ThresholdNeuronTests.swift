import KernelSupport
import Perceptrons
import Testing

@Suite struct ThresholdNeuronTests {
  static let pairs: [[Scalar]] = [[0, 0], [0, 1], [1, 0], [1, 1]]

  @Test(arguments: Backend.allCases)
  func `gates have their truth tables`(backend: Backend) {
    Backend.$current.withValue(backend) {
      #expect(Self.pairs.map { ThresholdNeuron.and($0) } == [0, 0, 0, 1])
      #expect(Self.pairs.map { ThresholdNeuron.or($0) } == [0, 1, 1, 1])
      #expect(Self.pairs.map { ThresholdNeuron.nand($0) } == [1, 1, 1, 0])
      #expect([[0], [1]].map { ThresholdNeuron.not($0) } == [1, 0])
    }
  }

  @Test func `two layers compute the exclusive or`() {
    #expect(Self.pairs.map { ThresholdNetwork.exclusiveOr($0) } == [[0], [1], [1], [0]])
    #expect(ThresholdNetwork.exclusiveOr.activity([1, 1]) == [[1, 1], [1, 0], [0]])
  }

  @Test func `no neuron on a fine grid computes the exclusive or`() {
    let grid = (-8...8).map { Scalar($0) / 4 }
    for first in grid {
      for second in grid {
        for threshold in grid {
          let neuron = ThresholdNeuron(weights: [first, second], threshold: threshold)
          #expect(Self.pairs.map { neuron($0) } != [0, 1, 1, 0])
        }
      }
    }
  }
}
