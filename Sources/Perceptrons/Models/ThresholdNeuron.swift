import KernelSupport

/// The first model of a neuron: it fires when enough of its inputs do.
///
///     y = 1 where Σᵢ wᵢ xᵢ ≥ θ, otherwise 0
///
/// Its inputs and its output are 0 (silent) or 1 (firing). It learns nothing: whoever builds it chooses
/// the weights.
///
/// Source: McCulloch and Pitts, "A Logical Calculus of the Ideas Immanent in Nervous Activity", 1943. An
/// inhibiting input forbids firing altogether there; here it is a negative weight.
public struct ThresholdNeuron: Sendable, Equatable {
  /// w, one weight an input: positive to excite, negative to inhibit.
  public var weights: [Scalar]

  /// θ, the sum at which the neuron fires.
  public var threshold: Scalar

  /// Creates a neuron.
  public init(weights: [Scalar], threshold: Scalar) {
    self.weights = weights
    self.threshold = threshold
  }

  /// 1 if the neuron fires, otherwise 0.
  ///
  /// - Parameter inputs: as many as there are weights.
  public func callAsFunction(_ inputs: [Scalar]) -> Scalar {
    Backend.current.vector.dot(weights.span, inputs.span) >= threshold ? 1 : 0
  }

  /// Fires when both inputs do; like those below, with a threshold half-way between the sums 0, 1 and 2.
  public static let and = ThresholdNeuron(weights: [1, 1], threshold: 1.5)

  /// Fires when at least one of two inputs does.
  public static let or = ThresholdNeuron(weights: [1, 1], threshold: 0.5)

  /// Fires when its input is silent.
  public static let not = ThresholdNeuron(weights: [-1], threshold: -0.5)

  /// Fires unless both inputs do.
  public static let nand = ThresholdNeuron(weights: [-1, -1], threshold: -1.5)
}

/// Threshold neurons in layers: the outputs of each are the inputs of the next.
public struct ThresholdNetwork: Sendable, Equatable {
  /// The layers from input to output; every neuron sees all outputs of the layer before.
  public var layers: [[ThresholdNeuron]]

  /// Creates a network.
  public init(layers: [[ThresholdNeuron]]) { self.layers = layers }

  /// The outputs of every layer, beginning with the inputs themselves.
  ///
  /// - Parameter inputs: as many as the neurons of the first layer have weights.
  public func activity(_ inputs: [Scalar]) -> [[Scalar]] {
    var activity = [inputs]
    for layer in layers { activity.append(layer.map { $0(activity[activity.count - 1]) }) }
    return activity
  }

  /// The outputs of the last layer.
  ///
  /// - Parameter inputs: as many as the neurons of the first layer have weights.
  public func callAsFunction(_ inputs: [Scalar]) -> [Scalar] {
    layers.reduce(inputs) { signals, layer in layer.map { $0(signals) } }
  }

  /// The exclusive or of two inputs, (x OR y) AND NOT (x AND y), which no single neuron computes.
  public static let exclusiveOr = ThresholdNetwork(layers: [[.or, .nand], [.and]])
}
