import KernelSupport

/// A memory made of neurons that all see one another: it recalls a whole from a part.
///
/// Each neuron is −1 or 1. What fires together is wired together (Hebb), and a neuron follows the sum
/// of the others:
///
///     W = Σₚ ξₚ ξₚᵀ;   yᵢ ← sign(Σ_{j≠i} Wᵢⱼ yⱼ)
///
/// Since W is symmetric, no update raises the energy: recall rolls downhill into a valley, and the stored
/// patterns are valleys as long as they are unrelated and fewer than about 0.138 N.
///
/// The usual factor 1/N is left to the energy: it changes no sign, and without it Hebb's weights and all
/// their sums are integers, which are exact.
///
/// Source: Hopfield, "Neural Networks and Physical Systems with Emergent Collective Computational
/// Abilities", PNAS 79, 1982; Amit, Gutfreund and Sompolinsky, "Storing Infinite Numbers of Patterns in a
/// Spin-Glass Model of Neural Networks", Physical Review Letters 55, 1985 (the capacity).
public struct HopfieldNetwork: Sendable, Equatable {
  /// N, the number of neurons.
  public let neuronCount: Int

  /// W, N × N, symmetric; its diagonal plays no part in recall.
  public private(set) var weights: [Scalar]

  /// Creates a network without memories.
  ///
  /// - Parameter neuronCount: N, at least 1.
  public init(neuronCount: Int) {
    precondition(neuronCount >= 1, "HopfieldNetwork: \(neuronCount) neurons")
    self.neuronCount = neuronCount
    weights = [Scalar](repeating: 0, count: neuronCount * neuronCount)
  }

  /// Adds a memory by Hebb's rule: Wᵢⱼ += ξᵢ ξⱼ.
  ///
  /// - Parameter pattern: ξ, N numbers, each −1 or 1.
  ///
  /// Source: Hebb, "The Organization of Behavior", 1949.
  public mutating func store(_ pattern: [Scalar]) {
    checkCount("store", pattern)
    addOuterProduct(of: pattern, times: 1)
  }

  /// Adds a memory, but only what is new in it, so that related memories don't blur: the projection rule.
  ///
  ///     v = ξ − W ξ / N,   Wᵢⱼ += vᵢ vⱼ · N / v·v
  ///
  /// For patterns at right angles it is Hebb's rule. Afterwards W ξ = N ξ for all patterns stored in
  /// this way: W/N projects onto them. (It is also W = N Ξ Ξ⁺, with the
  /// patterns as the columns of Ξ and Ξ⁺ its pseudo-inverse.) Nothing happens if ξ is a combination of them already. Not to be
  /// mixed with `store`.
  ///
  /// - Parameter pattern: ξ, N numbers, each −1 or 1.
  ///
  /// Source: Personnaz, Guyon and Dreyfus, "Information Storage and Retrieval in Spin-Glass like Neural
  /// Networks", Journal de Physique Lettres 46, 1985.
  public mutating func storeNovelty(of pattern: [Scalar]) {
    checkCount("storeNovelty", pattern)
    let count = Scalar(neuronCount)
    var novelty = pattern
    var span = novelty.mutableSpan
    Backend.current.vector.addScaled(fields(pattern).span, by: -1 / count, to: &span)
    let squaredLength = Backend.current.vector.dot(novelty.span, novelty.span)
    // Rounding leaves some 1e-7 of each element of a pattern that is known already.
    guard squaredLength > 1e-6 * count else { return }
    addOuterProduct(of: novelty, times: count / squaredLength)
  }

  /// W += factor · v vᵀ, a row at a time.
  private mutating func addOuterProduct(of v: [Scalar], times factor: Scalar) {
    let (count, backend) = (neuronCount, Backend.current)
    var rows = weights.mutableSpan
    rows.forEachBlock(of: count) { start, row in
      backend.vector.addScaled(v.span, by: factor * v[start / count], to: &row)
    }
  }

  /// W y.
  private func fields(_ state: [Scalar]) -> [Scalar] {
    var fields = [Scalar](repeating: 0, count: neuronCount)
    var result = fields.mutableSpan
    Backend.current.vector.matrixVector(
      weights.span, columns: neuronCount, transposed: false, state.span, into: &result,
      accumulating: false)
    return fields
  }

  /// −1/2N Σ_{i≠j} Wᵢⱼ yᵢ yⱼ: low where neurons agree with what the others expect of them.
  ///
  /// - Parameter state: y, N numbers, each −1 or 1.
  public func energy(_ state: [Scalar]) -> Scalar {
    checkCount("energy", state)
    let agreement = Backend.current.vector.dot(state.span, fields(state).span)
    let diagonal = (0..<neuronCount).reduce(0) { $0 + weights[$1 * (neuronCount + 1)] }
    return -0.5 * (agreement - diagonal) / Scalar(neuronCount)
  }

  /// Lets one neuron follow the sum of the others; if that sum is zero it stays as it is.
  ///
  /// - Parameters:
  ///   - neuron: i, in `0..<neuronCount`.
  ///   - state: y, N numbers, each −1 or 1.
  /// - Returns: the change of the energy: negative if the neuron flipped, otherwise 0.
  @discardableResult
  public func update(_ neuron: Int, of state: inout [Scalar]) -> Scalar {
    checkCount("update", state)
    let row = weights.span.extracting(neuron * neuronCount..<(neuron + 1) * neuronCount)
    let itself = row[neuron] * state[neuron]
    let field = Backend.current.vector.dot(row, state.span) - itself
    guard field * state[neuron] < 0 else { return 0 }
    state[neuron] = -state[neuron]
    return -2 * abs(field) / Scalar(neuronCount)
  }

  /// Updates all neurons in random order, again and again until none of them changes any more.
  ///
  /// Every flip lowers the energy and there are finitely many states, so Hebb's weights, which are exact,
  /// always come to rest. Others might be kept moving by rounding where a sum is zero.
  ///
  /// - Parameters:
  ///   - cue: where to begin: N numbers, each −1 or 1.
  ///   - maxSweeps: after how many updates of every neuron to stop in any case.
  ///   - generator: decides the order of the updates.
  /// - Returns: the memory that the cue leads to.
  public func recall(
    _ cue: [Scalar], maxSweeps: Int = 100, using generator: inout some RandomNumberGenerator
  ) -> [Scalar] {
    var state = cue
    for _ in 0..<maxSweeps {
      let before = state
      for neuron in generator.permutation(count: neuronCount) { update(neuron, of: &state) }
      if state == before { break }
    }
    return state
  }

  /// How alike two states are: 1 when equal, 0 when unrelated, −1 when opposite.
  ///
  ///     1/N Σᵢ aᵢ bᵢ
  ///
  /// - Parameters:
  ///   - a: N numbers, each −1 or 1.
  ///   - b: as many.
  public static func overlap(_ a: [Scalar], _ b: [Scalar]) -> Scalar {
    Backend.current.vector.dot(a.span, b.span) / Scalar(a.count)
  }

  private func checkCount(_ operation: String, _ state: [Scalar]) {
    precondition(
      state.count == neuronCount,
      "HopfieldNetwork.\(operation): \(state.count) states for \(neuronCount) neurons")
  }
}
