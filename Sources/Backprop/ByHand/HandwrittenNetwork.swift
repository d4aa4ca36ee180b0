import KernelSupport

/// A feed-forward network with nothing hidden: plain arrays, explicit loops, its own backward pass.
///
/// This is the derivation of chapter 2 line by line, one example at a time. `Variable` does the same work
/// for any network; a test holds the two together.
///
/// Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors",
/// Nature 323, 1986.
public struct HandwrittenNetwork {
  /// The parameters of a layer, or the gradients with respect to them.
  public struct Layer: Equatable, Sendable {
    /// W: `weight[i][j]` goes from input i to output j.
    public var weight: [[Scalar]]
    /// b, one number for each output.
    public var bias: [Scalar]

    /// Creates a layer of zeros.
    init(zeros inputs: Int, _ outputs: Int) {
      weight = Array(repeating: Array(repeating: 0, count: outputs), count: inputs)
      bias = Array(repeating: 0, count: outputs)
    }
  }

  /// The function of a hidden unit.
  public enum HiddenUnit: Sendable {
    /// 1 / (1 + e⁻ᶻ).
    case sigmoid
    /// max(z, 0).
    case relu

    /// The unit's output for its weighted sum z.
    func output(_ z: Scalar) -> Scalar {
      switch self {
      case .sigmoid: 1 / (1 + Scalar.exp(-z))
      case .relu: max(z, 0)
      }
    }

    /// The slope of the output by z, told from the output itself.
    func slope(output: Scalar) -> Scalar {
      switch self {
      case .sigmoid: output * (1 - output)
      case .relu: output > 0 ? 1 : 0
      }
    }
  }

  /// The layers from input to output.
  public private(set) var layers: [Layer]
  /// The function of all units but those of the last layer.
  public let hiddenUnit: HiddenUnit
  /// What the last layer answers, and how an answer is judged.
  public let loss: HandwrittenLoss

  /// Creates a network with normal weights of variance 1 / fan-in and biases of 0.
  ///
  /// - Parameters:
  ///   - sizes: the length of the input, of every hidden layer and of the output, each at least 1.
  ///   - hiddenUnit: the function of the hidden units.
  ///   - loss: what the last layer answers, and how an answer is judged.
  ///   - generator: where the random numbers come from.
  public init(
    sizes: [Int], hiddenUnit: HiddenUnit, loss: HandwrittenLoss,
    using generator: inout some RandomNumberGenerator
  ) {
    precondition(
      sizes.count >= 2 && sizes.allSatisfy { $0 >= 1 }, "HandwrittenNetwork: layers of \(sizes)")
    self.hiddenUnit = hiddenUnit
    self.loss = loss
    layers = zip(sizes, sizes.dropFirst()).map { Layer(zeros: $0, $1) }
    for l in layers.indices {
      let deviation = 1 / Scalar(sizes[l]).squareRoot()
      for i in 0..<sizes[l] {
        for j in 0..<sizes[l + 1] { layers[l].weight[i][j] = deviation * generator.normal() }
      }
    }
  }

  /// The outputs of every layer for one example, with the example itself in front.
  ///
  ///     a⁰ = x;   zˡ[j] = bˡ[j] + Σᵢ aˡ⁻¹[i] Wˡ[i, j];   aˡ[j] = σ(zˡ[j])
  ///
  /// - Parameter input: x, as many numbers as the first layer has inputs.
  /// - Returns: one list more than there are layers; the last is the answer.
  public func activations(for input: [Scalar]) -> [[Scalar]] {
    precondition(
      input.count == layers[0].weight.count,
      "HandwrittenNetwork: \(input.count) inputs instead of \(layers[0].weight.count)")
    var activations = [input]
    for (l, layer) in layers.enumerated() {
      var z = layer.bias
      for j in z.indices {
        for i in layer.weight.indices { z[j] += activations[l][i] * layer.weight[i][j] }
      }
      let isLast = l == layers.count - 1
      activations.append(isLast ? loss.answer(z) : z.map(hiddenUnit.output))
    }
    return activations
  }

  /// Adds the gradients of one example's loss, found from the last layer to the first.
  ///
  ///     δᴸ from the loss;   ∂L/∂Wˡ[i, j] = aˡ⁻¹[i] δˡ[j],   ∂L/∂bˡ[j] = δˡ[j]
  ///     δˡ⁻¹[i] = (Σⱼ Wˡ[i, j] δˡ[j]) · σ′(zˡ⁻¹[i])
  ///
  /// - Parameters:
  ///   - input: x, as many numbers as the first layer has inputs.
  ///   - target: t, as many numbers as the last layer has outputs.
  ///   - gradients: what the gradients are added to, a layer for each of `layers`.
  public func addGradients(
    input: [Scalar], target: [Scalar], to gradients: inout [Layer]
  ) {
    let activations = activations(for: input)
    var delta = loss.delta(answer: activations[layers.count], target: target)
    for l in layers.indices.reversed() {
      let input = activations[l]
      for j in delta.indices {
        gradients[l].bias[j] += delta[j]
        for i in input.indices { gradients[l].weight[i][j] += input[i] * delta[j] }
      }
      guard l > 0 else { return }
      delta = input.indices.map { i in
        var sum: Scalar = 0
        for j in delta.indices { sum += layers[l].weight[i][j] * delta[j] }
        return sum * hiddenUnit.slope(output: input[i])
      }
    }
  }

  /// The gradients of the mean loss of a batch.
  ///
  /// - Parameters:
  ///   - inputs: the examples, at least one.
  ///   - targets: as many targets.
  public func gradients(inputs: [[Scalar]], targets: [[Scalar]]) -> [Layer] {
    precondition(
      !inputs.isEmpty && inputs.count == targets.count,
      "HandwrittenNetwork: \(inputs.count) inputs for \(targets.count) targets")
    var sums = layers.map { Layer(zeros: $0.weight.count, $0.bias.count) }
    for (input, target) in zip(inputs, targets) {
      addGradients(input: input, target: target, to: &sums)
    }
    let share = 1 / Scalar(inputs.count)
    for l in sums.indices {
      for j in sums[l].bias.indices { sums[l].bias[j] *= share }
      for i in sums[l].weight.indices {
        for j in sums[l].bias.indices { sums[l].weight[i][j] *= share }
      }
    }
    return sums
  }

  /// One step of gradient descent: W ← W − η ∂L/∂W, b ← b − η ∂L/∂b.
  ///
  /// - Parameters:
  ///   - gradients: the gradients with respect to the parameters of every layer.
  ///   - learningRate: η, above 0.
  public mutating func descend(along gradients: [Layer], learningRate: Scalar) {
    for l in layers.indices {
      for j in layers[l].bias.indices {
        layers[l].bias[j] -= learningRate * gradients[l].bias[j]
        for i in layers[l].weight.indices {
          layers[l].weight[i][j] -= learningRate * gradients[l].weight[i][j]
        }
      }
    }
  }

  /// The mean loss of a batch.
  ///
  /// - Parameters:
  ///   - inputs: the examples, at least one.
  ///   - targets: as many targets.
  public func meanLoss(inputs: [[Scalar]], targets: [[Scalar]]) -> Scalar {
    precondition(
      !inputs.isEmpty && inputs.count == targets.count,
      "HandwrittenNetwork: \(inputs.count) inputs for \(targets.count) targets")
    var sum: Scalar = 0
    for (input, target) in zip(inputs, targets) {
      sum += loss.value(answer: activations(for: input)[layers.count], target: target)
    }
    return sum / Scalar(inputs.count)
  }
}
