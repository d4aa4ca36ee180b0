import Backprop
import KernelSupport
import Optimizers
import Testing

@Suite struct OptimizerStateTests {
  private let parameters = [
    parameter("0.weight", [1, 2, 3], gradient: [1, 1, 1]), parameter("0.bias", [4], gradient: [1]),
  ]

  private func steppedAdam() -> Adam {
    var optimizer = Adam()
    optimizer.step(parameters)
    return optimizer
  }

  @Test func `the state has a tensor for every slot of every parameter`() {
    let state = steppedAdam().state
    #expect(state.stepCount == 1)
    #expect(
      state.tensors.mapValues(\.shape) == [
        "0.weight.firstMoment": [3], "0.weight.secondMoment": [3],
        "0.bias.firstMoment": [1], "0.bias.secondMoment": [1],
      ])
    #expect(OptimizerState().tensors.isEmpty)
  }

  @Test func `a state that was saved before the first step can be restored`() throws {
    var optimizer = steppedAdam()
    try optimizer.restore(stepCount: 0, tensors: [:], for: parameters)
    #expect(optimizer.state == OptimizerState())
  }

  @Test func `a state that does not fit is refused and changes nothing`() {
    var optimizer = steppedAdam()
    let before = optimizer.state
    func error(_ stepCount: Int = 1, _ change: (inout [String: Tensor]) -> Void)
      -> OptimizerStateError?
    {
      var tensors = before.tensors
      change(&tensors)
      do throws(OptimizerStateError) {
        try optimizer.restore(stepCount: stepCount, tensors: tensors, for: parameters)
        return nil
      } catch {
        return error
      }
    }
    let missing = error { $0["0.bias.firstMoment"] = nil }
    #expect(missing == .missing("0.bias.firstMoment"))
    let unknown = error { $0["1.bias.firstMoment"] = Tensor(shape: [1]) }
    #expect(unknown == .unknown("1.bias.firstMoment"))
    let misshapen = error { $0["0.weight.firstMoment"] = Tensor(shape: [4]) }
    #expect(misshapen == .shape("0.weight.firstMoment", found: [4], expected: [3]))
    #expect(error(-1) { _ in } == .negativeStepCount(-1))
    #expect(error { _ in } == nil)
    #expect(optimizer.state == before)
  }

  @Test func `other parameters than in the steps before stop the program`() async {
    await #expect(processExitsWith: .failure) {
      var optimizer = Adam()
      optimizer.step([parameter("a", [1], gradient: [1])])
      optimizer.step([parameter("b", [1], gradient: [1])])
    }
    await #expect(processExitsWith: .failure) {
      var optimizer = Adam()
      optimizer.step([parameter("a", [1], gradient: [1])])
      optimizer.step([parameter("a", [1, 2], gradient: [1, 2])])
    }
    await #expect(processExitsWith: .success) {
      var optimizer = Adam()
      optimizer.step([parameter("a", [1], gradient: [1])])
      optimizer.step([parameter("a", [1], gradient: [1])])
    }
  }

  @Test func `a rule without memory goes on counting`() throws {
    var sgd = SGD(learningRate: 1)
    try sgd.restore(stepCount: 3, tensors: [:], for: parameters)
    #expect(sgd.state.stepCount == 3)
  }

  @Test func `a step without a gradient names its parameter`() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var sgd = SGD(learningRate: 1)
      sgd.step([NamedParameter("head.bias", Variable(Tensor(1), needsGradient: true))])
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(
      output.contains("Optimizer.step: the parameter 'head.bias' of shape [] has no gradient"))
  }

  @Test func `one variable under two names, or two under one, is refused at the first step`() async
  {
    await #expect(processExitsWith: .failure) {
      var adam = Adam()
      let shared = parameter("a", [1], gradient: [1])
      adam.step([shared, NamedParameter("b", shared.variable)])
    }
    await #expect(processExitsWith: .failure) {
      var adam = Adam()
      adam.step([parameter("a", [1], gradient: [1]), parameter("a", [2], gradient: [1])])
    }
  }

  @Test func `copies of an optimizer go their own ways`() {
    let first = steppedAdam()
    var second = first
    second.step(parameters)
    #expect(first.state.stepCount == 1 && second.state.stepCount == 2)
    #expect(first.state != second.state)
  }
}
