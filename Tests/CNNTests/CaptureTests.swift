import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

/// What an operation on images needs on the way back is what it saw on the way there, whatever has changed since.
@Suite struct CaptureTests {
  static let operations: [(name: String, apply: @Sendable ([Variable]) -> Variable)] = [
    ("convolution", { $0[0].convolution($0[1], bias: $0[2], Window(3, padding: .same)) }),
    ("maxPooling", { $0[0].maxPooling(Window(2, stride: 2)) }),
    ("averagePooling", { $0[0].averagePooling(Window(2, stride: 2)) }),
    ("globalAveragePooling", { $0[0].globalAveragePooling() }),
    (
      "batchNormalization",
      {
        $0[0].batchNormalization(
          scale: $0[3], shift: $0[4], statistics: RunningStatistics(channels: 3, momentum: 0.1),
          adding: $0[5],
          .training(seed: 1))
      }
    ),
  ]

  @Test(arguments: operations.indices)
  func `a pullback belongs to its forward pass`(index: Int) {
    func gradients(changing: Bool) -> [[Scalar]] {
      let inputs = variables([[2, 4, 6, 3], [3, 3, 3, 2], [2], [3], [3], [2, 4, 6, 3]])
        .map(\.variable)
      let output = Self.operations[index].apply(inputs)
      if changing {
        for input in inputs { input.setValue(Tensor(repeating: 7, shape: input.value.shape)) }
      }
      let upstream = numbersOffZero(count: output.value.count, seed: 9)
      output.backward(Tensor(upstream, shape: output.value.shape))
      return inputs.map { $0.gradient?.elements ?? [] }
    }
    #expect(gradients(changing: true) == gradients(changing: false))
  }
}
