import Backprop
import KernelSupport

/// What an attention gives: the mean of what it looked at, and how much it looked at each.
public struct Attended {
  /// Σ_j p[i, j] memory[j]: [batch, queries, memory width].
  public let context: Variable
  /// p: [batch, queries, keys], rows that sum to 1.
  public let weights: Variable
}

/// Attention of one sequence to another one, with the score that a kind of attention is named for.
///
///     p[i, j] = softmax_j score(query_i, memory_j),   context_i = Σ_j p[i, j] memory_j
///
/// Made of operations that the earlier chapters have: all that is new is how they are put together.
public protocol AttentionLayer {
  /// How well every key fits every query.
  ///
  /// - Parameters:
  ///   - query: [batch, queries, query width].
  ///   - memory: [batch, keys, memory width].
  /// - Returns: [batch, queries, keys].
  func scores(_ query: Variable, _ memory: Variable) -> Variable
}

extension AttentionLayer {
  /// The context of every query.
  ///
  /// - Parameters:
  ///   - query: [batch, queries, query width].
  ///   - memory: [batch, keys, memory width].
  ///   - mask: which keys a query may look at.
  public func callAsFunction(
    _ query: Variable, _ memory: Variable, mask: AttentionMask = .none
  ) -> Attended {
    let weights = scores(query, memory).softmax(mask: mask)
    return Attended(context: weights.batchedProduct(memory), weights: weights)
  }
}

/// Additive attention: a small network with one hidden layer scores each pair.
///
///     score(q, k) = vᵀ tanh(q W_q + k W_k)
///
/// Source: Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and Translate",
/// ICLR 2015, section 3 and appendix A.1.2.
public struct AdditiveAttention: AttentionLayer {
  /// W_q, [query width, units].
  public let queryWeight: Variable
  /// W_k, [memory width, units].
  public let keyWeight: Variable
  /// v, [units, 1].
  public let scoreWeight: Variable

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - queryWidth: the length of a query, at least 1.
  ///   - memoryWidth: the length of a key, at least 1.
  ///   - units: the hidden units that score a pair, at least 1.
  ///   - generator: where the random numbers come from.
  public init(
    _ queryWidth: Int, _ memoryWidth: Int, units: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    queryWeight = makeWeight("AdditiveAttention", queryWidth, units, &generator)
    keyWeight = makeWeight("AdditiveAttention", memoryWidth, units, &generator)
    scoreWeight = makeWeight("AdditiveAttention", units, 1, &generator)
  }

  /// The scores of all pairs.
  public func scores(_ query: Variable, _ memory: Variable) -> Variable {
    let (batch, queries, keys) = checkedSizes("AdditiveAttention", query, memory)
    let units = scoreWeight.value.rows
    let pairs = [batch, queries, keys, units]
    let q = query.matrixProduct(queryWeight).reshaped([batch, queries, 1, units])
    let k = memory.matrixProduct(keyWeight).reshaped([batch, 1, keys, units])
    return (q.broadcast(to: pairs) + k.broadcast(to: pairs)).tanh().matrixProduct(scoreWeight)
      .reshaped([batch, queries, keys])
  }
}

/// Luong's general attention: a product with a learned matrix between query and key.
///
///     score(q, k) = q W kᵀ
///
/// Source: Luong, Pham and Manning, "Effective Approaches to Attention-based Neural Machine Translation",
/// EMNLP 2015, equation 8.
public struct GeneralAttention: AttentionLayer {
  /// W, [query width, memory width].
  public let weight: Variable

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - queryWidth: the length of a query, at least 1.
  ///   - memoryWidth: the length of a key, at least 1.
  ///   - generator: where the random numbers come from.
  public init(
    _ queryWidth: Int, _ memoryWidth: Int, using generator: inout some RandomNumberGenerator
  ) {
    weight = makeWeight("GeneralAttention", queryWidth, memoryWidth, &generator)
  }

  /// The scores of all pairs.
  public func scores(_ query: Variable, _ memory: Variable) -> Variable {
    _ = checkedSizes("GeneralAttention", query, memory)
    return query.matrixProduct(weight).batchedProduct(memory, rightTransposed: true)
  }
}

/// Scaled dot-product attention with queries and keys that a product makes for each other.
///
///     score(q, k) = (q W_q) (k W_k)ᵀ / √units
///
/// The score of the Transformer, before the values get a product of their own; see `MultiHeadAttention`.
///
/// Source: Vaswani et al., "Attention Is All You Need", NIPS 2017, equation 1.
public struct ScaledDotProductAttention: AttentionLayer {
  /// W_q, [query width, units].
  public let queryWeight: Variable
  /// W_k, [memory width, units].
  public let keyWeight: Variable

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - queryWidth: the length of a query, at least 1.
  ///   - memoryWidth: the length of a key, at least 1.
  ///   - units: the width in which they meet, at least 1.
  ///   - generator: where the random numbers come from.
  public init(
    _ queryWidth: Int, _ memoryWidth: Int, units: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    queryWeight = makeWeight("ScaledDotProductAttention", queryWidth, units, &generator)
    keyWeight = makeWeight("ScaledDotProductAttention", memoryWidth, units, &generator)
  }

  /// The scores of all pairs.
  public func scores(_ query: Variable, _ memory: Variable) -> Variable {
    _ = checkedSizes("ScaledDotProductAttention", query, memory)
    let units = Scalar(queryWeight.value.columns)
    let products = query.matrixProduct(queryWeight).batchedProduct(
      memory.matrixProduct(keyWeight), rightTransposed: true)
    return (1 / units.squareRoot()) * products
  }
}

private func makeWeight(
  _ layer: String, _ inputs: Int, _ outputs: Int, _ generator: inout some RandomNumberGenerator
) -> Variable {
  precondition(
    inputs >= 1 && outputs >= 1,
    "\(layer): a weight of shape \([inputs, outputs]), expected at least 1")
  return Variable(
    Initializer.xavierUniform.tensor(shape: [inputs, outputs], using: &generator),
    needsGradient: true)
}

/// The batch, the queries and the keys of operands that fit.
private func checkedSizes(
  _ layer: String, _ query: Variable, _ memory: Variable
) -> (batch: Int, queries: Int, keys: Int) {
  let (q, m) = (query.value.shape, memory.value.shape)
  precondition(
    q.count == 3 && m.count == 3 && q[0] == m[0],
    "\(layer): queries of shape \(q) for a memory of \(m), expected [batch, time, width] twice")
  return (q[0], q[1], m[1])
}
