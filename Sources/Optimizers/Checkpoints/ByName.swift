/// Values by name, where two names are one only if their bytes are the same.
///
/// A `String` equals every other that Unicode calls equivalent: "é" in one character, and "e" with an accent
/// after it. In a file they are two names.
public struct ByName<Value>: Sequence, ExpressibleByDictionaryLiteral {
  private var values: [[UInt8]: Value] = [:]

  /// Creates what a dictionary holds.
  public init(_ dictionary: [String: Value]) {
    for (name, value) in dictionary { self[name] = value }
  }

  /// Creates what a literal lists; of two values with one name, the last one counts.
  public init(dictionaryLiteral elements: (String, Value)...) {
    for (name, value) in elements { self[name] = value }
  }

  /// The value with a name, or nil if there is none.
  public subscript(name: String) -> Value? {
    get { values[Array(name.utf8)] }
    set { values[Array(name.utf8)] = newValue }
  }

  /// Removes the value with a name, and returns it.
  public mutating func removeValue(forKey name: String) -> Value? {
    values.removeValue(forKey: Array(name.utf8))
  }

  /// Whether there are no values.
  public var isEmpty: Bool { values.isEmpty }

  /// The number of values.
  public var count: Int { values.count }

  /// The names in the order of their bytes.
  public var keys: [String] {
    values.keys.sorted { $0.lexicographicallyPrecedes($1) }.map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Goes through names and values in the order of `keys`.
  public func makeIterator() -> AnyIterator<(key: String, value: Value)> {
    var names = keys.makeIterator()
    return AnyIterator {
      guard let name = names.next(), let value = self[name] else { return nil }
      return (name, value)
    }
  }
}

extension ByName: Equatable where Value: Equatable {}
extension ByName: Sendable where Value: Sendable {}
