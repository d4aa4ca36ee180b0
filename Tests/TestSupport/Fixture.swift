import Foundation
import KernelSupport

/// Reference values that an independent implementation computed, kept as JSON beside the tests.
///
/// `Fixtures/make_fixtures.py` in each test folder writes them in double precision, together with the
/// versions and the parameters they were made with:
///
///     { "made_with": "torch 2.13.0 …", "cases": { "gelu": { "x": [[0.1, …], …], "y": … }, … } }
///
/// An array of any depth is read as its numbers in row-major order; a number as a list of one.
public struct Fixture {
  /// The numbers of every tensor by case and name.
  public let cases: [String: [String: [Scalar]]]

  /// Reads `Fixtures/NAME.json` beside the calling test's file.
  ///
  /// - Parameters:
  ///   - name: the file's name without `.json`.
  ///   - testFile: the file whose folder holds `Fixtures`: the caller's.
  /// - Throws: what Foundation throws for a file that is missing or not JSON.
  public init(_ name: String, testFile: String = #filePath) throws {
    let url = URL(filePath: testFile).deletingLastPathComponent()
      .appending(path: "Fixtures/\(name).json")
    let contents = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    guard let cases = (contents as? [String: Any])?["cases"] as? [String: [String: Any]] else {
      throw CocoaError(.fileReadCorruptFile)
    }
    self.cases = cases.mapValues { tensors in tensors.mapValues(Self.numbers) }
  }

  /// The numbers of one tensor.
  ///
  /// - Precondition: the fixture has this case and this tensor in it.
  public subscript(_ caseName: String, _ tensor: String) -> [Scalar] {
    guard let numbers = cases[caseName]?[tensor] else {
      preconditionFailure("Fixture: there is no tensor '\(tensor)' in a case '\(caseName)'")
    }
    return numbers
  }

  private static func numbers(in value: Any) -> [Scalar] {
    if let list = value as? [Any] { return list.flatMap(numbers) }
    return [Scalar((value as? NSNumber)?.doubleValue ?? .nan)]
  }
}
