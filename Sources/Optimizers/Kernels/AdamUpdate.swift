import KernelSupport

/// The numbers of one step of Adam that are the same for every weight.
public struct AdamStep: Sendable {
  /// η.
  let rate: Scalar
  /// β₁.
  let beta1: Scalar
  /// β₂.
  let beta2: Scalar
  /// ε.
  let epsilon: Scalar
  /// α of an L2 penalty, whose gradient is added to the loss's.
  let penalty: Scalar
  /// α of a decay that is applied to the weights themselves.
  let decay: Scalar
  /// 1 − β₁ᵗ.
  let firstCorrection: Scalar
  /// 1 − β₂ᵗ.
  let secondCorrection: Scalar

  /// Prepares a step.
  ///
  /// - Parameters:
  ///   - number: t, 1 for the first step.
  ///   - rate: η.
  ///   - beta1: β₁, in [0, 1).
  ///   - beta2: β₂, in [0, 1).
  ///   - epsilon: ε.
  ///   - penalty: α of an L2 penalty.
  ///   - decay: α of decoupled weight decay.
  public init(
    number: Int, rate: Scalar, beta1: Scalar, beta2: Scalar, epsilon: Scalar,
    penalty: Scalar = 0, decay: Scalar = 0
  ) {
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.penalty = penalty
    self.decay = decay
    firstCorrection = Scalar(1 - power(Double(beta1), number))
    secondCorrection = Scalar(1 - power(Double(beta2), number))
  }
}

extension Naive {
  /// A step of Adam or AdamW.
  ///
  ///     g′ᵢ = gᵢ + penalty · wᵢ
  ///     mᵢ ← β₁ mᵢ + (1 − β₁) g′ᵢ
  ///     qᵢ ← β₂ qᵢ + (1 − β₂) g′ᵢ²
  ///     wᵢ ← wᵢ − η decay wᵢ − η (mᵢ / (1 − β₁ᵗ)) / (√(qᵢ / (1 − β₂ᵗ)) + ε)
  ///
  /// - Parameters:
  ///   - value: w, n elements.
  ///   - gradient: g, n elements.
  ///   - firstMoment: m, n elements.
  ///   - secondMoment: q ≥ 0, n elements.
  ///   - step: η, β₁, β₂, ε, t, penalty and decay.
  ///
  /// All about it on one page: `Chapters/Guides/Adam.md`.
  ///
  /// Source: Kingma and Ba, 2015, algorithm 1; Loshchilov and Hutter, 2019, algorithm 2.
  public static func adam(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    firstMoment: inout MutableSpan<Scalar>, secondMoment: inout MutableSpan<Scalar>,
    _ step: AdamStep
  ) {
    checkUpdate("adam", value.count, gradient.count, firstMoment.count, secondMoment.count)
    for i in value.indices {
      let slope = gradient[i] + step.penalty * value[i]
      firstMoment[i] = step.beta1 * firstMoment[i] + (1 - step.beta1) * slope
      secondMoment[i] = step.beta2 * secondMoment[i] + (1 - step.beta2) * slope * slope
      let mean = firstMoment[i] / step.firstCorrection
      let size = (secondMoment[i] / step.secondCorrection).squareRoot() + step.epsilon
      value[i] -= step.rate * step.decay * value[i] + step.rate * mean / size
    }
  }
}

/// From the definition to here, for 32768 weights, which the second-level cache holds with all that belongs
/// to them, and for a million, which it does not:
///
/// 1. The definition: 36.7 µs and 1136 µs. The compiler makes vectors of it, but three quotients and a root
///    a weight wait for one unit.
/// 2. Both corrections pulled out of the loop, into the rate and ε, leave one quotient and one root, and
///    multiply-adds are fused: 18.6 µs and 825 µs. A step without quotient and root takes 12 µs of the
///    first; of the second it takes all: a million weights wait for memory, 28 bytes a weight at 99 % of the
///    bandwidth that the machine has.
/// 3. Blocks that threads share: 408 µs on two, half of it, at 91 % of the bandwidth of two.
///
/// Moments too small to be normal numbers are flushed to 0: in the later epochs of a network with units that have
/// died, the update took more than ten times as long without it.
///
/// Tried to no avail: blocks a quarter or four times as long, or one a thread (324 µs in the best case with
/// each, 343 with the short ones); eight lanes written out (the same); huge pages (the same, and half as fast
/// where all four arrays begin at the same place of a page, since a cache keeps such lines in one set).
extension Fast {
  /// A step of Adam or AdamW; contract: `Naive.adam`.
  public static func adam(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    firstMoment: inout MutableSpan<Scalar>, secondMoment: inout MutableSpan<Scalar>,
    _ step: AdamStep
  ) {
    checkUpdate("adam", value.count, gradient.count, firstMoment.count, secondMoment.count)
    // η (m/c₁) / (√(q/c₂) + ε) = (η √c₂ / c₁) m / (√q + ε √c₂)
    let root = step.secondCorrection.squareRoot()
    let rate = -step.rate * root / step.firstCorrection
    let epsilon = step.epsilon * root
    let kept = 1 - step.rate * step.decay
    value.forEachBlock(of: ElementwiseBlock.heavy, with: &firstMoment, &secondMoment) {
      start, value, first, second in
      let gradient = gradient.extracting(start..<start &+ value.count)
      for i in value.indices {
        let slope = gradient[i].addingProduct(step.penalty, value[i])
        let mean = ((1 - step.beta1) * slope).addingProduct(step.beta1, first[i]).flushed
        let square = ((1 - step.beta2) * slope * slope).addingProduct(step.beta2, second[i])
          .flushed
        first[i] = mean
        second[i] = square
        value[i] = (kept * value[i]).addingProduct(rate, mean / (square.squareRoot() + epsilon))
      }
    }
  }
}
