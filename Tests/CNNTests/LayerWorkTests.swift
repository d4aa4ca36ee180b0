import Backprop
import CNN
import KernelSupport
import Testing

/// A network of the family with the shape of its images, as in torchvision, whose pages tell the operations.
private func work(
  _ make: (_ generator: inout SeededGenerator) -> Sequential, _ input: [Int]
) -> LayerWork {
  var generator = SeededGenerator(seed: 1)
  return make(&generator).work(on: input)
}

/// In units of a million multiply-adds, to the last digit that torchvision's `_ops` says.
@Test func `the family's work is the published one`() {
  let photograph = [1, 224, 224, 3]
  let alexNet = work({ ImageNetworks.alexNet(initializer: .xavierUniform, using: &$0) }, photograph)
  let vgg = work({ ImageNetworks.vgg16(initializer: .xavierUniform, using: &$0) }, photograph)
  let googLeNet = work(
    { ImageNetworks.googLeNet(initializer: .xavierUniform, using: &$0) }, photograph)
  let small = work({ ImageNetworks.resNet18(using: &$0) }, photograph)
  let large = work({ ImageNetworks.resNet50(using: &$0) }, photograph)
  for (work, millions) in [
    (alexNet, 714), (vgg, 15470), (googLeNet, 1498), (small, 1814), (large, 4089),
  ] {
    #expect(work.multiplyAdds / 1_000_000 == millions)
    #expect(work.output == [1, 1000])
  }
}

@Test func `every counted shape is what the layer really returns`() {
  var generator = SeededGenerator(seed: 2)
  for network in [
    ImageNetworks.threeConvolutions(using: &generator), ImageNetworks.smallVGG(using: &generator),
    ImageNetworks.smallGoogLeNet(using: &generator), ImageNetworks.resNet14(using: &generator),
  ] {
    let images = Tensor(shape: [2, 28, 28, 1])
    let shapes = network.activations(images).map(\.shape)
    #expect(network.workOfLayers(on: images.shape).map(\.output) == shapes)
  }
}

@Test func `a batch is so many times the work of one image`() {
  let one = work({ ImageNetworks.threeConvolutions(using: &$0) }, [1, 28, 28, 1])
  let seven = work({ ImageNetworks.threeConvolutions(using: &$0) }, [7, 28, 28, 1])
  #expect(seven.multiplyAdds == 7 * one.multiplyAdds)
  // 26²·9·32 + 11²·9·32·64 + 3²·9·64·64 + 576·64 + 64·10, by hand.
  #expect(one.multiplyAdds == 194_688 + 2_230_272 + 331_776 + 36_864 + 640)
}
