import KernelSupport
import Perceptrons

/// A parameter of a model and the path to it.
public struct NamedParameter {
  /// The dotted path of property names and indices: `encoder.0.weight`.
  public let name: String
  /// The parameter.
  public let variable: Variable

  /// Names a variable.
  public init(_ name: String, _ variable: Variable) {
    self.name = name
    self.variable = variable
  }

  /// Stops the program unless a backward pass has reached the parameter.
  ///
  /// - Parameter operation: who asks, for the message.
  package func checkGradient(_ operation: String) {
    precondition(
      variable.gradient != nil,
      "\(operation): the parameter '\(name)' of shape \(variable.value.shape) has no gradient: no loss "
        + "that was differentiated depends on it")
  }
}

/// Finds every parameter of a model: every variable in it that needs a gradient.
///
/// No model needs to list its own, and none can forget one: `StateWalk` says where it looks. A parameter that
/// occurs twice is found once, under the first of its names.
///
/// - Parameter model: a layer, or anything that holds layers in properties, arrays, optionals or dictionaries.
/// - Returns: the parameters in the order of declaration.
public func parameters(of model: Any) -> [NamedParameter] {
  StateWalk.variables(of: model).filter { $0.variable.needsGradient }
}

/// Finds every variable of a model that needs no gradient: what it remembers without having learned it by
/// descent, as a running mean.
///
/// - Parameter model: a layer, or anything that holds layers in properties, arrays, optionals or dictionaries.
/// - Returns: the variables in the order of declaration, each once, named as parameters are.
public func buffers(of model: Any) -> [NamedParameter] {
  StateWalk.variables(of: model).filter { !$0.variable.needsGradient }
}

extension [NamedParameter] {
  /// Stops the program where two of them have one name or are one variable: what is kept for a name would then be
  /// one thing for two, and what is done for each would be done twice.
  ///
  /// - Parameter operation: who asks, for the message.
  package func checkDistinct(_ operation: String) {
    var names: [ObjectIdentifier: String] = [:]
    var known: Set<String> = []
    for parameter in self {
      precondition(
        known.insert(parameter.name).inserted,
        "\(operation): two parameters are called '\(parameter.name)': take them from one model that holds both"
      )
      let earlier = names.updateValue(parameter.name, forKey: ObjectIdentifier(parameter.variable))
      precondition(
        earlier == nil,
        "\(operation): '\(earlier ?? "")' and '\(parameter.name)' are the same variable")
    }
  }

  /// How many numbers the parameters hold in all.
  public var scalarCount: Int { reduce(0) { $0 + $1.variable.value.count } }

  /// Forgets all gradients, as every training step begins.
  public func clearGradients() { for parameter in self { parameter.variable.clearGradient() } }

  /// One step of gradient descent, in place: w ← w − η ∂L/∂w.
  ///
  /// - Parameter learningRate: η, above 0.
  /// - Precondition: every parameter has a gradient.
  public func descend(learningRate: Scalar) {
    for parameter in self {
      parameter.checkGradient("descend")
      parameter.variable.update { value, gradient in
        Backend.current.vector.addScaled(gradient, by: -learningRate, to: &value)
      }
    }
  }
}
