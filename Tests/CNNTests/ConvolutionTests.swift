import CNN
import KernelSupport
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  @Test(arguments: Backend.allCases)
  func `a kernel of one weight scales an image`(backend: Backend) {
    let image = exactNumbers(count: 12, seed: 1)
    let shape = ConvolutionShape(
      ImageShape(batch: 1, height: 3, width: 4, channels: 1), Window(1), outputChannels: 1)
    let output = changed([Scalar](repeating: 0, count: 12)) {
      backend.convolution.convolution(
        image.span, [2].span, bias: [1].span, into: &$0, shape)
    }
    #expect(output == image.map { 2 * $0 + 1 })
  }
}
