import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing
import Transformers

func smallGPT(seed: UInt64 = 1, vocabulary: Int = 11, context: Int = 9, width: Int = 12) -> GPT {
  var generator = SeededGenerator(seed: seed)
  let model = GPT(
    GPTConfiguration(vocabulary: vocabulary, context: context, width: width, layers: 2, heads: 3),
    using: &generator)
  // Weights of 0.02 make all logits nearly equal; larger ones tell mistakes apart.
  for parameter in parameters(of: model) {
    let shape = parameter.variable.value.shape
    parameter.variable.setValue(
      Tensor(
        parameter.variable.value.elements.map { $0 + 0.3 * generator.normal() }, shape: shape))
  }
  return model
}

@Suite struct GPTTests {
  @Test func `GPT-2 small has 124,439,808 parameters`() {
    #expect(GPTConfiguration.gpt2Small.parameterCount == 124_439_808)
    for configuration in [
      GPTConfiguration.characters,
      GPTConfiguration(vocabulary: 5, context: 7, width: 6, layers: 3, heads: 2, inner: 10),
    ] {
      var generator = SeededGenerator(seed: 1)
      #expect(
        parameters(of: GPT(configuration, using: &generator)).scalarCount
          == configuration.parameterCount)
    }
  }

  @Test func `the tied head is listed once, and its gradient has both parts`() {
    let model = smallGPT()
    let names = parameters(of: model).map(\.name)
    #expect(names.filter { $0 == "tokens" }.count == 1 && Set(names).count == names.count)
    model.loss([1, 2], targets: [2, 3], time: 2).backward()
    let gradient = model.tokens.gradient!
    // Token 5 was never looked up: its gradient comes from the head alone.
    #expect(gradient.row(5).contains { $0 != 0 })
  }

  @Test(arguments: Backend.allCases)
  func `gradients are the measured slopes`(backend: Backend) {
    let model = smallGPT(vocabulary: 7, context: 4, width: 6)
    let ids = [1, 2, 2, 6, 0, 3]
    // In single precision two blocks of products, softmaxes and norms round some ten times as often as one operation.
    Backend.$current.withValue(backend) {
      expectGradients(parameters(of: model), within: 8 * GradientCheck.tolerance) {
        model(ids, time: 3)
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func `a token changes nothing before it`(backend: Backend) {
    let model = smallGPT()
    Backend.$current.withValue(backend) {
      let (a, b) = (
        model([1, 2, 3, 4, 5], time: 5).value, model([1, 2, 3, 9, 0], time: 5).value
      )
      for position in 0..<3 { #expect(a.row(position) == b.row(position)) }
      #expect(a.row(3) != b.row(3) && a.row(4) != b.row(4))
    }
  }

  @Test(arguments: Backend.allCases)
  func `the cache gives the bits of the full pass`(backend: Backend) {
    let model = smallGPT(vocabulary: 70, context: 40, width: 24)
    var generator = SeededGenerator(seed: 4)
    let ids = (0..<40).map { _ in generator.integer(below: 70) }
    Backend.$current.withValue(backend) {
      let whole = model(ids, time: 40).value
      // One token at a time, and in bites of any size.
      for bites in [
        [Int](repeating: 1, count: 40), [7, 1, 1, 12, 3, 16], [40], [39, 1], [1, 38, 1],
      ] {
        var cache = KeyValueCache(for: model)
        var position = 0
        for bite in bites {
          let logits = model.nextLogits(Array(ids[position..<position + bite]), &cache)
          position += bite
          #expect(logits == Array(whole.row(position - 1)))
        }
        #expect(cache.count == 40)
      }
    }
  }

  @Test func `sequences of several lengths in a batch have the bits that they have alone`() {
    let model = smallGPT(vocabulary: 30, context: 33, width: 24)
    var generator = SeededGenerator(seed: 4)
    let prompts = [33, 5, 17].map { count in
      (0..<count).map { _ in generator.integer(below: 30) }
    }
    let padded = prompts.flatMap { $0 + [Int](repeating: 0, count: 33 - $0.count) }
    let batch = model(padded, time: 33).value
    for (row, prompt) in prompts.enumerated() {
      var cache = KeyValueCache(for: model)
      #expect(
        model.nextLogits(prompt, &cache) == Array(batch.row(row * 33 + prompt.count - 1)))
    }
  }

  @Test func `generation with the cache takes the tokens that full passes take`() {
    let model = smallGPT(vocabulary: 20, context: 12, width: 24)
    var generator = SeededGenerator(seed: 4)
    var text = [3, 1]
    var expected: [Int] = []
    // Past the context, the last half is read anew.
    var window = text
    for _ in 0..<30 {
      if window.count > 12 { window = Array(text.suffix(6)) }
      let token = model(window, time: window.count).value.largestColumns()[window.count - 1]
      window.append(token)
      text.append(token)
      expected.append(token)
    }
    let found = model.generate(after: [3, 1], count: 30, .greedy, using: &generator)
    #expect(found == expected)
  }

  @Test func `the same seed gives the same text, for every number of threads`() {
    let model = smallGPT(vocabulary: 20, context: 12, width: 24)
    let texts = withThreads {
      var generator = SeededGenerator(seed: 6)
      return model.generate(
        after: [1], count: 25, Sampling(temperature: 2, topK: 15), using: &generator)
    }
    #expect(texts[0] == texts[1] && texts[1] == texts[2])
    #expect(Set(texts[0]).count > 3)
  }

  @Test func `training gives the same bits for every number of threads`() {
    let weights = withThreads {
      let model = smallGPT(vocabulary: 65, context: 64, width: 48)
      let parameters = parameters(of: model)
      var generator = SeededGenerator(seed: 2)
      for _ in 0..<3 {
        let ids = (0..<5 * 64).map { _ in generator.integer(below: 65) }
        parameters.clearGradients()
        model.loss(ids, targets: ids.reversed(), time: 64, .training(seed: 1)).backward()
        parameters.descend(learningRate: 0.05)
      }
      return parameters.flatMap { $0.variable.value.elements }
    }
    #expect(weights[0] == weights[1] && weights[1] == weights[2])
  }
}
