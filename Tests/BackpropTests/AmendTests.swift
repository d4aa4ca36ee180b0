import Backprop
import KernelSupport
import TestSupport
import Testing

/// A last step in place, beside the same step as an operation of its own.
@Suite struct AmendTests {
  /// tanh in place.
  fileprivate static func tanhInPlace(_ x: Variable) {
    x.amend {
      Backend.current.activation.tanh(&$0)
    } pullback: {
      Backend.current.activation.tanhBackward(output: $0, gradient: &$1)
    }
  }

  @Test(arguments: Backend.allCases)
  func `a step in place has the value and the gradients of the operation`(backend: Backend) {
    func outcome(_ inPlace: Bool) -> [Tensor?] {
      let inputs = variables([[3, 4], [4, 5]]).map(\.variable)
      let product = inputs[0].matrixProduct(inputs[1])
      if inPlace { Self.tanhInPlace(product) }
      let output = inPlace ? product : product.tanh()
      (output * output).sum().backward()
      return [output.value] + inputs.map(\.gradient)
    }
    Backend.$current.withValue(backend) { #expect(outcome(true) == outcome(false)) }
  }

  @Test func `an operation before remembers its own result`() {
    let x = variables([[2, 3]])[0].variable
    let hidden = x.tanh()
    Self.tanhInPlace(hidden)
    hidden.sum().backward()
    let inPlace = x.gradient
    x.clearGradient()
    x.tanh().tanh().sum().backward()
    #expect(inPlace == x.gradient)
  }

  @Test func `without gradients only the value changes`() {
    let x = variables([[2, 3]])[0].variable
    let y = Variable.withoutGradients {
      let y = 1 * x
      Self.tanhInPlace(y)
      return y
    }
    #expect(y.value == x.tanh().value)
    #expect(!y.needsGradient)
  }

  @Test func `data and parameters cannot be amended`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      AmendTests.tanhInPlace(Variable(Tensor(shape: [2]), needsGradient: true))
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("amend: no operation computed this variable of shape [2]\n"))
  }

  @Test func `what something has been computed from cannot be amended`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let hidden = 2 * Variable(Tensor(shape: [2]), needsGradient: true)
      _ = hidden.sum()
      AmendTests.tanhInPlace(hidden)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      message.contains(
        "amend: something has been computed from this variable of shape [2] already\n"))
  }
}
