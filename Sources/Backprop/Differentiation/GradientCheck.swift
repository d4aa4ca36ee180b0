import KernelSupport

/// A comparison of computed gradients with numeric ones: the slope of the loss, measured.
///
///     ∂L/∂x ≈ (8 (L(x + h) − L(x − h)) − (L(x + 2h) − L(x − 2h))) / 12h
///
/// The four-point formula errs by h⁴ |L⁽⁵⁾| / 30, and the subtraction of rounded losses by about ε |L| / h,
/// where ε is the precision of a scalar. h = ε^{1/5} makes both about ε^{4/5}: 3e-13 in double precision,
/// 3e-6 in single. So a build with the trait `Float64` can hold every gradient to 1e-6, and any mistake
/// in a formula is far larger than that.
///
/// A loss must be smooth within 2h of where it is checked: keep inputs away from the kinks of ReLU.
///
/// Source: Fornberg, "Generation of Finite Difference Formulas on Arbitrarily Spaced Grids", 1988.
public struct GradientCheck {
  /// The worst element of one tensor.
  public struct Result: CustomStringConvertible {
    /// The name of the variable.
    public let name: String
    /// The relative error |a − n| / max(|a|, |n|, 1/100 of the tensor's largest) of the worst element.
    public let error: Scalar
    /// The index of the worst element, in row-major order.
    public let index: Int
    /// The gradient that the backward pass computed there.
    public let computed: Scalar
    /// The slope that was measured there.
    public let measured: Scalar

    /// One line for a message.
    public var description: String {
      "\(name): error \(error) at element \(index): computed \(computed), measured \(measured)"
    }
  }

  /// The distance h between the points where the loss is measured: ε^{1/5} unless told otherwise.
  public var step: Scalar

  /// Creates a check with the step that balances both errors.
  public init() { step = MemoryLayout<Scalar>.size == 8 ? 0x1p-10 : 0x1p-5 }

  /// The error that a right gradient stays below: 1e-6 in double precision, 5e-3 in single.
  ///
  /// The formula multiplies the error δ of an output by 18 / 12h = 48 for h = 1/32. Eight roundings of an
  /// output of size 1 make δ = 8 · 2⁻²⁴, so the slope is off by 2e-5, and an element may be a hundred times
  /// smaller than the largest of its tensor: 2e-3, and 5e-3 where gradients are half as large as
  /// outputs. A loss that adds up hundreds of terms rounds far more often than its single slopes
  /// deserve: in single precision hand over the outputs and an upstream gradient instead.
  public static let tolerance: Scalar = MemoryLayout<Scalar>.size == 8 ? 1e-6 : 5e-3

  /// Compares the gradients of a loss with respect to several variables, in every one of their elements.
  ///
  /// - Parameters:
  ///   - variables: what to differentiate by, with names; all need gradients.
  ///   - loss: computes the loss from the variables' values: one number, the same for the same values.
  /// - Returns: the worst element of every variable.
  public func compare(_ variables: [NamedParameter], loss: () -> Variable) -> [Result] {
    compare(variables, upstream: [1], output: loss)
  }

  /// Compares the gradients of L = Σᵢ upstreamᵢ yᵢ with respect to several variables, in every one of their elements.
  ///
  /// Outputs are subtracted before they are summed, in double precision: what a variable does not change
  /// cancels exactly. In single precision that is ten times sharper than a loss that was summed before.
  ///
  /// - Parameters:
  ///   - variables: what to differentiate by, with names; all need gradients.
  ///   - upstream: ∂L/∂y, as many elements as y; uneven, since a constant one hides mistakes.
  ///   - output: computes y from the variables' values, the same for the same values.
  /// - Returns: the worst element of every variable.
  public func compare(
    _ variables: [NamedParameter], upstream: [Scalar], output: () -> Variable
  ) -> [Result] {
    for parameter in variables { parameter.variable.clearGradient() }
    let y = output()
    y.backward(Tensor(upstream, shape: y.value.shape))
    return variables.map { parameter in
      let variable = parameter.variable
      let computed = variable.gradient ?? Tensor(shape: variable.value.shape)
      let measured = slopes(of: output, upstream: upstream, by: variable)
      return worst(parameter.name, computed.elements, measured)
    }
  }

  /// Measures the slope of Σᵢ upstreamᵢ yᵢ by every element of a variable.
  private func slopes(
    of output: () -> Variable, upstream: [Scalar], by variable: Variable
  ) -> [Scalar] {
    let original = variable.value
    defer { variable.setValue(original) }
    return original.elements.indices.map { index in
      func outputs(at offset: Scalar) -> [Scalar] {
        var elements = original.elements
        elements[index] += offset
        variable.setValue(Tensor(elements, shape: original.shape))
        return Variable.withoutGradients { output().value.elements }
      }
      func change(between offset: Scalar) -> Double {
        let (above, below) = (outputs(at: offset), outputs(at: -offset))
        return upstream.indices.reduce(0) {
          $0 + Double(upstream[$1]) * (Double(above[$1]) - Double(below[$1]))
        }
      }
      return Scalar((8 * change(between: step) - change(between: 2 * step)) / (12 * Double(step)))
    }
  }

  private func worst(_ name: String, _ computed: [Scalar], _ measured: [Scalar]) -> Result {
    let floor = computed.reduce(Scalar.leastNormalMagnitude) { max($0, abs($1)) } / 100
    let errors = zip(computed, measured).map { a, n in
      let error = abs(a - n) / max(abs(a), abs(n), floor)
      return error.isNaN ? .infinity : error
    }
    let index = errors.indices.max { errors[$0] < errors[$1] } ?? 0
    guard !errors.isEmpty else {
      return Result(name: name, error: 0, index: 0, computed: 0, measured: 0)
    }
    return Result(
      name: name, error: errors[index], index: index, computed: computed[index],
      measured: measured[index])
  }
}
