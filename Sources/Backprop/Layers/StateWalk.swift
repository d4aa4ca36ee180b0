import KernelSupport
import Perceptrons

/// Finds the variables of a model: parameters and buffers, the state that a checkpoint holds.
///
/// Mirrors show a value's stored properties. The walk goes through those of structures, tuples, enumerations'
/// payloads and classes, a superclass's first; through arrays by number and dictionaries by their sorted keys,
/// which must be strings. Names are the dotted path: `encoder.0.weight`. It does not look into closures, nor
/// into arrays of numbers, and it stops the program where
///
/// - an object leads back to itself, as a reference to a parent does: a model is a tree, or shares its leaves;
/// - a variable is in a set, or under a key that is no string, where no order is the same on every run;
/// - two different variables have one name.
struct StateWalk {
  private var found: [NamedParameter] = []
  private var seen: Set<ObjectIdentifier> = []
  private var names: Set<String> = []
  /// The objects that the walk is inside of.
  private var open: Set<ObjectIdentifier> = []

  /// The variables of a model in the order of declaration, each once, under the first of its names.
  static func variables(of model: Any) -> [NamedParameter] {
    var walk = StateWalk()
    walk.visit(model, [], unordered: nil)
    return walk.found
  }

  /// - Parameter unordered: the path of the collection without an order that this is in, if it is in one.
  private mutating func visit(_ value: Any, _ path: [String], unordered: String?) {
    if let variable = value as? Variable {
      note(variable, path.joined(separator: "."), unordered: unordered)
      return
    }
    if value is Tensor || (value as? any Elements)?.areNumbers == true { return }
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .class else {
      visitChildren(of: mirror, path, unordered: unordered)
      return
    }
    let identity = ObjectIdentifier(value as AnyObject)
    precondition(
      open.insert(identity).inserted,
      "parameters(of:): '\(path.joined(separator: "."))' leads back to the \(type(of: value)) that holds it"
    )
    visitChildren(of: mirror, path, unordered: unordered)
    open.remove(identity)
  }

  private mutating func visitChildren(of mirror: Mirror, _ path: [String], unordered: String?) {
    if let superclass = mirror.superclassMirror {
      visitChildren(of: superclass, path, unordered: unordered)
    }
    switch mirror.displayStyle {
    case .optional:
      for child in mirror.children { visit(child.value, path, unordered: unordered) }
    case .dictionary:
      let entries = mirror.children.map { Array(Mirror(reflecting: $0.value).children) }
      let named = entries.compactMap { entry in
        (entry[0].value as? String).map { ($0, entry[1].value) }
      }
      let lost = named.count < entries.count ? path.joined(separator: ".") : unordered
      let ordered = named.count < entries.count ? entries.map { ("?", $0[1].value) } : named
      for (key, value) in ordered.sorted(by: { $0.0 < $1.0 }) {
        visit(value, path + [key], unordered: lost)
      }
    case .set:
      for child in mirror.children {
        visit(child.value, path + ["?"], unordered: path.joined(separator: "."))
      }
    default:
      for (index, child) in mirror.children.enumerated() {
        visit(child.value, path + [child.label ?? String(index)], unordered: unordered)
      }
    }
  }

  private mutating func note(_ variable: Variable, _ name: String, unordered: String?) {
    precondition(
      unordered == nil,
      "parameters(of:): a variable in '\(unordered ?? "")', which has no order: use an array, or a dictionary "
        + "whose keys are strings")
    guard seen.insert(ObjectIdentifier(variable)).inserted else { return }
    precondition(
      names.insert(name).inserted, "parameters(of:): two variables are called '\(name)'")
    found.append(NamedParameter(name, variable))
  }
}

/// An array as seen by the walk.
private protocol Elements {
  /// Whether its elements are numbers, of which there may be millions and among which no variable is.
  var areNumbers: Bool { get }
}

extension Array: Elements {
  var areNumbers: Bool { Element.self is any Numeric.Type }
}
