import Foundation
import Testing

/// The formulas of all documents, as GitHub's page would see them.
///
/// Its Markdown is read before its mathematics: a backslash before punctuation disappears, and underscores and stars
/// become emphasis, but for what stands in code marks. So display formulas stand in fences, and inline ones in code
/// marks where they hold any such character.
@Suite struct FormulaTests {
  static let documents: [URL] = {
    let chapters = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Chapters")
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: chapters.path)) ?? []
    return folders.sorted().map { chapters.appending(path: $0).appending(path: "README.md") }
      .filter { FileManager.default.fileExists(atPath: $0.path) }
  }()

  /// What is wrong with the formulas of a text.
  static func complaints(_ text: String) -> [String] {
    var complaints: [String] = []
    var formulas = text.matches(of: /(?ms)^```math\n(.*?)\n```$/).map { String($0.output.1) }
    let prose = text.replacing(/(?ms)^```.*?^```$/, with: "")
    formulas += prose.matches(of: /\$`([^`\n]+)`\$/).map { String($0.output.1) }
    let unmarked = prose.replacing(/\$`[^`\n]+`\$/, with: "").replacing(/`[^`\n]*`/, with: "")
    if unmarked.contains("$$") { complaints.append("a display formula outside of a fence") }
    for match in unmarked.matches(of: /\$([^\$\s](?:[^\$\n]*[^\$\s])?)\$/) {
      let formula = String(match.output.1)
      if formula.contains(/[\\_*]/) { complaints.append("not in code marks: \(formula)") }
      formulas.append(formula)
    }
    for formula in formulas {
      let bare = formula.replacing(/\\[{}\\]/, with: "")
      var depth = 0
      for character in bare {
        if character == "{" { depth += 1 }
        if character == "}" { depth -= 1 }
        if depth < 0 { break }
      }
      if depth != 0 { complaints.append("braces: \(formula)") }
      for match in formula.matches(of: /\\([A-Za-z]+)/) where !commands.contains(match.output.1) {
        complaints.append("\\\(match.output.1): \(formula)")
      }
    }
    return complaints
  }

  /// Commands that KaTeX and MathJax both know.
  static let commands: Set<Substring> = [
    "Big", "Bigl", "Bigr", "Delta", "Longleftrightarrow", "Phi", "Rightarrow", "Sigma", "Vert",
    "alpha",
    "approx", "bar", "begin", "beta", "big", "bigl", "bigr", "binom", "bmod", "boxed", "cdot",
    "chi",
    "circ", "cos", "delta", "dots", "ell", "end", "epsilon", "eta", "exp", "frac", "gamma", "ge",
    "hat", "iint", "infty", "int", "kappa", "lVert", "lambda", "langle", "le", "left", "leftarrow",
    "lfloor", "ln", "mathbb", "mathbf", "mathit", "mathrel", "mathrm", "mathsf", "max", "mid",
    "min", "mu", "nabla", "ne", "nu", "odot", "omega", "operatorname", "overline", "partial", "phi",
    "pi",
    "pm",
    "prod", "propto", "qquad", "quad", "rVert", "rangle", "rfloor", "rho", "right", "sigma", "sim",
    "sin", "sqrt", "substack", "sum", "tanh", "tau", "text", "textstyle", "tfrac", "theta",
    "tilde", "times", "to", "top", "underbrace", "varepsilon", "varphi", "xi",
  ]

  @Test func `there are nine documents`() { #expect(Self.documents.count == 9) }

  @Test(arguments: documents)
  func `a page shows its formulas as they were meant`(document: URL) throws {
    let text = try String(contentsOf: document, encoding: .utf8)
    #expect(Self.complaints(text) == [])
    #expect(text.contains("```math\n"))
  }

  @Test func `the page of symbols and the guides show their formulas too`() throws {
    let chapters = try #require(Self.documents.first).deletingLastPathComponent()
      .deletingLastPathComponent()
    let guides = chapters.appending(path: "Guides")
    let names = try FileManager.default.contentsOfDirectory(atPath: guides.path)
    for page in [chapters.appending(path: "Symbols.md")] + names.map({ guides.appending(path: $0) })
    {
      let text = try String(contentsOf: page, encoding: .utf8)
      #expect(Self.complaints(text) == [], "\(page.lastPathComponent)")
    }
  }

  @Test func `formulas that a page would spoil are found`() {
    #expect(Self.complaints("Here $$x$$ and\n$$\ny\n$$") != [])
    #expect(Self.complaints("a step $x_1$ and $`x_1`$") == ["not in code marks: x_1"])
    #expect(Self.complaints("```math\n\\frac{1}{2\n```") == ["braces: \\frac{1}{2"])
    #expect(Self.complaints("$`\\nonsense{x}`$") == ["\\nonsense: \\nonsense{x}"])
    #expect(Self.complaints("It costs $n^2$, `$HOME` or\n```sh\necho $x_1 $y_1\n```\nless.") == [])
  }
}
