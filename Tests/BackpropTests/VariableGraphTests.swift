import Backprop
import KernelSupport
import Testing

/// How gradients travel through graphs; what each operation contributes is tested elsewhere.
@Suite struct VariableGraphTests {
  static func number(_ x: Scalar) -> Variable { Variable(Tensor(x), needsGradient: true) }

  @Test func `the example of the documentation`() {
    let x = Self.number(3)
    let y = x * x + x
    y.backward()
    #expect(y.value == Tensor(12) && x.gradient == Tensor(7))
  }

  @Test func `gradients add up across uses`() {
    let (x, y) = (Self.number(3), Self.number(5))
    (x * y + x * x * x + x).backward()
    #expect(x.gradient == Tensor(5 + 27 + 1) && y.gradient == Tensor(3))
  }

  @Test func `gradients add up across backward passes until they are cleared`() {
    let x = Self.number(3)
    #expect(x.gradient == nil)
    (x * x).backward()
    (x * x).backward()
    #expect(x.gradient == Tensor(12))
    x.clearGradient()
    #expect(x.gradient == nil)
    (x * x).backward()
    #expect(x.gradient == Tensor(6))
  }

  @Test func `a kernel adds to a gradient, but not to a cleared one`() {
    let x = Variable(Tensor([1, 2], shape: [1, 2]), needsGradient: true)
    let w = Variable(Tensor([3, 4], shape: [2, 1]), needsGradient: true)
    x.matrixProduct(w).backward()
    x.matrixProduct(w).backward()
    #expect(w.gradient == Tensor([2, 4], shape: [2, 1]))
    w.clearGradient()
    x.matrixProduct(w).backward()
    #expect(w.gradient == Tensor([1, 2], shape: [2, 1]))
    #expect(x.gradient == Tensor([9, 12], shape: [1, 2]))
  }

  /// The lower side of the diamond is longer: its last step must wait for both.
  @Test func `a variable hands on its gradient once it is complete`() {
    let x = Self.number(2)
    let top = x * x
    let short = 3 * top
    let long = 5 * (7 * (11 * top))
    (short + long).backward()
    #expect(x.gradient == Tensor((3 + 385) * 4))
  }

  @Test func `many diamonds in a row take no exponential time`() {
    let x = Self.number(1)
    (0..<60).reduce(x) { y, _ in 0.5 * (y + y) }.backward()
    #expect(x.gradient == Tensor(1))
  }

  @Test func `an upstream gradient scales every gradient`() {
    let x = Variable(Tensor([1, 2, 3], shape: [3]), needsGradient: true)
    (x * x).backward(Tensor([1, 10, 100], shape: [3]))
    #expect(x.gradient == Tensor([2, 40, 600], shape: [3]))
  }

  @Test func `no gradient flows where none is needed`() {
    let (x, constant) = (Self.number(3), Variable(Tensor(5)))
    let inside = constant * constant
    #expect(!inside.needsGradient)
    (x * inside - constant).backward()
    #expect(x.gradient == Tensor(25) && constant.gradient == nil && inside.gradient == nil)
  }

  @Test func `operations within withoutGradients are not recorded`() {
    let x = Self.number(3)
    let y = Variable.withoutGradients { x * x }
    #expect(y.value == Tensor(9) && !y.needsGradient)
    let z = x * y
    z.backward()
    #expect(x.gradient == Tensor(9))
  }

  @Test func `only a variable that is told to keeps its gradient`() {
    let x = Self.number(2)
    let (kept, dropped) = (x * x, 3 * x)
    kept.keepsGradient = true
    let y = kept * dropped
    y.backward()
    #expect(kept.gradient == Tensor(6) && dropped.gradient == nil && y.gradient == nil)
    #expect(x.gradient == Tensor(6 * 4 + 4 * 3))
  }

  /// `-` changes the upstream gradient in place after it has handed it to its first operand.
  @Test func `variables do not share the memory of a gradient`() {
    let (x, y) = (Self.number(1), Self.number(1))
    let kept = x - y
    kept.keepsGradient = true
    (2 * kept).backward()
    #expect(x.gradient == Tensor(2) && y.gradient == Tensor(-2) && kept.gradient == Tensor(2))
  }

  @Test func `an update changes the value by the gradient`() {
    let x = Variable(Tensor([1, 2], shape: [2]), needsGradient: true)
    (x * x).sum().backward()
    x.update { value, gradient in
      for i in value.indices { value[i] -= 0.25 * gradient[i] }
    }
    #expect(x.value == Tensor([0.5, 1], shape: [2]))
  }

  /// 100,000 operations, each met and released from within the one that follows, would overflow the
  /// stack if either were recursive.
  static func longChain(_ x: Variable) -> Variable {
    (0..<100_000).reduce(x) { y, _ in y + x }
  }

  @Test func `a backward pass goes through a long chain`() {
    let x = Self.number(1)
    Self.longChain(x).backward()
    #expect(x.gradient == Tensor(100_001))
  }

  @Test func `a long chain without a backward pass is released`() {
    let x = Self.number(1)
    #expect(Self.longChain(x).value == Tensor(100_001))
  }

  @Test func `a released graph leaves alone what is still in use`() {
    let x = Self.number(2)
    let shared = x * x
    do {
      let unused = shared * shared + x
      #expect(unused.value == Tensor(18))
    }
    (3 * shared).backward()
    #expect(x.gradient == Tensor(12))
  }

  @Test func `a backward pass frees the graph`() {
    let x = Self.number(2)
    weak var inside: Variable?
    let loss: Variable
    do {
      let y = x * x
      inside = y
      loss = 3 * y
    }
    #expect(inside != nil)
    loss.backward()
    #expect(inside == nil)
  }
}
