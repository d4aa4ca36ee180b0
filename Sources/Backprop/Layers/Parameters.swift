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
}

/// Finds every parameter of a model: every variable in it that needs a gradient.
///
/// Mirrors show a value's stored properties and an array's elements by name and number, so no model
/// needs to list its own, and none can forget one. A parameter that occurs twice is found once, under
/// the first of its names.
///
/// - Parameter model: a layer, or anything that holds layers in properties, arrays or optionals.
/// - Returns: the parameters in the order of declaration.
public func parameters(of model: Any) -> [NamedParameter] {
  variables(of: model) { $0.needsGradient }
}

/// Finds every variable of a model that needs no gradient: what it remembers without having learned it by
/// descent, as a running mean.
///
/// - Parameter model: a layer, or anything that holds layers in properties, arrays or optionals.
/// - Returns: the variables in the order of declaration, each once, named as parameters are.
public func buffers(of model: Any) -> [NamedParameter] {
  variables(of: model) { !$0.needsGradient }
}

/// The variables of a model that are wanted, in the order of declaration, each once.
private func variables(of model: Any, where isWanted: (Variable) -> Bool) -> [NamedParameter] {
  var found: [NamedParameter] = []
  var seen: Set<ObjectIdentifier> = []
  func visit(_ value: Any, _ path: [String]) {
    if let variable = value as? Variable {
      if isWanted(variable) && seen.insert(ObjectIdentifier(variable)).inserted {
        found.append(NamedParameter(path.joined(separator: "."), variable))
      }
      return
    }
    let mirror = Mirror(reflecting: value)
    let isOptional = mirror.displayStyle == .optional
    for (index, child) in mirror.children.enumerated() {
      visit(child.value, isOptional ? path : path + [child.label ?? String(index)])
    }
  }
  visit(model, [])
  return found
}

extension [NamedParameter] {
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
      parameter.variable.update { value, gradient in
        Backend.current.vector.addScaled(gradient, by: -learningRate, to: &value)
      }
    }
  }
}
