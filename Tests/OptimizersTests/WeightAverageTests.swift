import Backprop
import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct WeightAverageTests {
  /// Twelve products and sums, of numbers up to 4: fewer than 32 roundings of ½ ε of them.
  private static let tolerance: Scalar = 64 * .ulpOfOne

  /// Values after each of five steps, exact numbers.
  private static let history: [[Scalar]] = [[1, -2], [0.5, 4], [0, 0], [-3, 1], [2, 2]]

  private static func walk(
    decay: Scalar, _ parameter: NamedParameter
  ) -> WeightAverage {
    var average = WeightAverage(decay: decay)
    for values in history {
      parameter.variable.setValue(Tensor(values, shape: [2]))
      average.add([parameter])
    }
    return average
  }

  @Test(arguments: [0, 0.5, 0.9] as [Scalar])
  func `the mean weighs a step by how long ago it was`(decay: Scalar) {
    let parameter = parameter("w", [0, 0], gradient: [0, 0])
    var average = Self.walk(decay: decay, parameter)
    average.exchange(with: [parameter])
    let shares = Self.history.indices.reversed().map { age in
      (0..<age).reduce(1 as Scalar) { share, _ in share * decay }
    }
    let total = shares.reduce(0, +)
    let expected = (0..<2).map { column in
      zip(shares, Self.history).reduce(0) { $0 + $1.0 * $1.1[column] } / total
    }
    expectClose(parameter.variable.value.elements, expected, within: Self.tolerance)
  }

  @Test func `a second exchange gives the parameters their own values again`() {
    let parameter = parameter("w", [0, 0], gradient: [0, 0])
    var average = Self.walk(decay: 0.5, parameter)
    average.exchange(with: [parameter])
    #expect(parameter.variable.value.elements != [2, 2])
    average.exchange(with: [parameter])
    #expect(parameter.variable.value.elements == [2, 2])
  }

  @Test func `means are not averaged, nor parameters of other shapes`() async {
    await #expect(processExitsWith: .failure) {
      let parameter = NamedParameter(
        "w", Variable(Tensor([1, 2], shape: [2]), needsGradient: true))
      var average = WeightAverage(decay: 0.5)
      average.add([parameter])
      average.exchange(with: [parameter])
      average.add([parameter])
    }
    await #expect(processExitsWith: .failure) {
      let parameters = [[1, 2], [1, 2, 3]].map {
        NamedParameter(
          "w", Variable(Tensor($0, shape: [$0.count]), needsGradient: true))
      }
      var average = WeightAverage(decay: 0.5)
      average.add([parameters[0]])
      average.add([parameters[1]])
    }
  }
}
