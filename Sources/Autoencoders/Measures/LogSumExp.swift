import Foundation
import KernelSupport

/// ln Σᵢ e^{xᵢ}, without overflow.
///
/// - Parameter x: any numbers; −∞ for none of them.
public func logSumExp(_ x: some Sequence<Double>) -> Double {
  var (largest, sum) = (-Double.infinity, 0.0)
  for value in x {
    if value <= largest {
      sum += value == -.infinity ? 0 : Foundation.exp(value - largest)
    } else {
      sum = sum * (largest == -.infinity ? 0 : Foundation.exp(largest - value)) + 1
      largest = value
    }
  }
  return sum > 0 ? largest + Foundation.log(sum) : -.infinity
}

/// The natural logarithm in double precision, whatever `Scalar` is.
func naturalLogarithm(_ x: Double) -> Double { Foundation.log(x) }

/// The exponential in double precision, whatever `Scalar` is.
func exponential(_ x: Double) -> Double { Foundation.exp(x) }
