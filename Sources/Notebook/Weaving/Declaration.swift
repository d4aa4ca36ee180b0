/// A declaration found in a source text.
struct Declaration: Equatable {
  /// The names that lead to it, outermost first: `["Naive", "dot"]`.
  var path: [String]
  /// The path with argument labels: `Naive.dot(_:_:)`.
  var fullName: String
  /// The lines of its comment, attributes and code.
  var lines: Range<Int>
  /// The line on which its code begins, attributes included.
  var codeStart: Int
  /// Whether it extends a type that is declared elsewhere.
  var isExtension: Bool
}

extension SwiftSource {
  /// All declarations of files, types and extensions; what functions declare inside is left out.
  var declarations: [Declaration] {
    var finder = DeclarationFinder(source: self)
    finder.readMembers(of: [])
    return finder.declarations
  }

  /// The text of the one declaration that a name means, as its lines without the indentation they share.
  ///
  /// - Parameters:
  ///   - name: names separated by points, for example `Naive.dot`; argument labels, as in
  ///     `Naive.dot(_:_:)`, tell overloads apart.
  ///   - includesComment: whether documentation comments belong to the text: the one before the declaration, and
  ///     those of its members.
  /// - Throws: `QuoteError` if there is no such declaration, or more than one.
  package func quote(_ name: String, includesComment: Bool) throws -> [String] {
    let named = declarations.filter {
      $0.path.joined(separator: ".") == name || $0.fullName == name
    }
    // The name of a type means the type, and an extension only where the type is not in the file.
    let found = named.contains { !$0.isExtension } ? named.filter { !$0.isExtension } : named
    guard let declaration = found.first else {
      throw QuoteError(description: "there is no declaration '\(name)'")
    }
    guard found.count == 1 else {
      let names = Array(Set(found.map(\.fullName))).sorted().joined(separator: ", ")
      throw QuoteError(description: "'\(name)' could be any of \(found.count): \(names)")
    }
    if includesComment { return unindented(Array(lines[declaration.lines])) }
    let code = lines[declaration.codeStart..<declaration.lines.upperBound]
    return unindented(code.filter { !$0.trimmingPrefix(while: \.isWhitespace).hasPrefix("///") })
  }
}

/// A name that means no declaration, or several.
package struct QuoteError: Error, Equatable {
  /// What is wrong.
  package let description: String
}

/// The lines without the indentation of the first.
private func unindented(_ lines: [String]) -> [String] {
  let indentation = lines.first?.prefix { $0 == " " }.count ?? 0
  return lines.map { line in
    String(line.dropFirst(min(indentation, line.prefix { $0 == " " }.count)))
  }
}
