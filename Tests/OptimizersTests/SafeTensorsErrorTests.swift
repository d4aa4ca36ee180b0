import Backprop
import Foundation
import KernelSupport
import Optimizers
import TestSupport
import Testing

/// What a header says about a tensor.
private func tensor(_ shape: String, _ offsets: String, type: String = "F32") -> String {
  #"{"dtype":"\#(type)","shape":[\#(shape)],"data_offsets":[\#(offsets)]}"#
}

private let whole = "a whole number from 0 to \(Int.max)"
private let json = "an escape sequence of JSON"
private let closed = "a string that ends, without control characters in it"
private let described = "dtype, shape and two data_offsets for 'a'"

/// A header that is no JSON of the right form: where it goes wrong, and what was expected there.
private let malformed: [(header: String, place: Int, expected: String)] = [
  ("", 0, "'{'"),
  (" {}", 0, "'{'"),
  ("[]", 0, "'{'"),
  ("{", 1, "a string"),
  ("{]", 1, "a string"),
  ("{}x", 2, "the end of the header"),
  ("{}{}", 2, "the end of the header"),
  (#"{"a":{}}"#, 5, described),
  (#"{"a":1}"#, 5, "'{'"),
  (#"{"a"}"#, 4, "':'"),
  (#"{"a":{},}"#, 5, described),
  (#"{"__metadata__":{"k":"v",}}"#, 25, "a string"),
  (#"{"__metadata__":{"k":1}}"#, 21, "a string"),
  (#"{"__metadata__":{"k":null}}"#, 21, "a string"),
  (#"{"__metadata__":{"k":"v" "l":"w"}}"#, 25, "',' or '}'"),
  (#"{"__metadata__":"#, 16, "'{'"),
  (#"{"a"#, 2, closed),
  ("{\"a\nb\":{}}", 2, closed),
  (#"{"\x":{}}"#, 3, json),
  (#"{"\u12G4":{}}"#, 3, json),
  (#"{"\uD83D":{}}"#, 3, json),
  (#"{"\uD83Dx":{}}"#, 3, json),
  (#"{"\uD83D\u0041":{}}"#, 3, json),
  (#"{"\uDE00":{}}"#, 3, json),
  (#"{"\"#, 3, json),
  (
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 5,
    described
  ),
  (#"{"a":{"dtype":"F32","shape":[1]}}"#, 5, described),
  (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, 5, described),
  (#"{"a":{"type":"F32"}}"#, 13, "dtype, shape and data_offsets only, not 'type'"),
  (#"{"a":\#(tensor("-1", "0,4"))}"#, 29, whole),
  (#"{"a":\#(tensor("1.0", "0,4"))}"#, 30, "',' or ']'"),
  (#"{"a":\#(tensor("1e3", "0,4"))}"#, 30, "',' or ']'"),
  (#"{"a":\#(tensor("01", "0,4"))}"#, 29, whole),
  (#"{"a":\#(tensor("1,", "0,4"))}"#, 31, whole),
  (#"{"a":\#(tensor("[1]", "0,4"))}"#, 29, whole),
  (#"{"a":\#(tensor("9223372036854775808", "0,4"))}"#, 29, whole),
  (#"{"a":\#(tensor("1 2", "0,4"))}"#, 31, "',' or ']'"),
  (#"{"a":"# + String(repeating: "[", count: 10_000), 5, "'{'"),
]

/// A file that is damaged in another way, and the error that must follow.
private let damaged: [(bytes: [UInt8], error: SafeTensorsError)] = [
  ([], .noHeader(file: "f", length: 0)),
  ([2, 0, 0, 0, 0, 0, 0], .noHeader(file: "f", length: 7)),
  ([1, 0, 0, 0, 0, 0, 0, 0], .headerTooLong(file: "f", length: 1, limit: 0)),
  ([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], .headerTooLong(file: "f", length: 3, limit: 2)),
  (
    [UInt8](repeating: 0xFF, count: 8) + [0x7B, 0x7D],
    .headerTooLong(file: "f", length: .max, limit: 2)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("2", "0,8", type: "I64"))}"#),
    .wrongLength(file: "f", tensor: "a", offsets: [0, 8], shape: [2], expected: 16)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("1", "0,2", type: "C64"))}"#, data: [0]),
    .truncated(file: "f", length: 63, expected: 64)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("1", "0,4")),"a":\#(tensor("1", "4,8"))}"#),
    .duplicateName(file: "f", offset: 62, name: "a")
  ),
  (
    safeTensorsFile(#"{"__metadata__":{"k":"","k":""}}"#),
    .duplicateName(file: "f", offset: 32, name: "k")
  ),
  (
    safeTensorsFile(#"{"__metadata__":{},"__metadata__":{}}"#),
    .duplicateName(file: "f", offset: 27, name: "__metadata__")
  ),
  (
    safeTensorsFile(#"{"a":{"shape":[1],"shape":[1]}}"#),
    .duplicateName(file: "f", offset: 26, name: "shape")
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("2,3", "0,20"))}"#),
    .wrongLength(file: "f", tensor: "a", offsets: [0, 20], shape: [2, 3], expected: 24)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("1", "0,4", type: "F64"))}"#),
    .wrongLength(file: "f", tensor: "a", offsets: [0, 4], shape: [1], expected: 8)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("1", "4,0"))}"#),
    .wrongLength(file: "f", tensor: "a", offsets: [4, 0], shape: [1], expected: 4)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("4294967296,4294967296", "0,0"))}"#),
    .wrongLength(
      file: "f", tensor: "a", offsets: [0, 0], shape: [1 << 32, 1 << 32], expected: nil)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("4294967296,4294967296,0", "0,0"))}"#),
    .wrongLength(
      file: "f", tensor: "a", offsets: [0, 0], shape: [1 << 32, 1 << 32, 0], expected: nil)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("4611686018427387904", "0,0"))}"#),
    .wrongLength(file: "f", tensor: "a", offsets: [0, 0], shape: [1 << 62], expected: nil)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("1", "4,8"))}"#, data: [UInt8](repeating: 0, count: 8)),
    .misplaced(file: "f", tensor: "a", start: 4, expected: 0)
  ),
  (
    safeTensorsFile(
      #"{"b":\#(tensor("1", "8,12")),"a":\#(tensor("1", "0,4"))}"#,
      data: [UInt8](repeating: 0, count: 12)),
    .misplaced(file: "f", tensor: "b", start: 8, expected: 4)
  ),
  (
    safeTensorsFile(
      #"{"a":\#(tensor("2", "0,8")),"b":\#(tensor("1", "4,8"))}"#,
      data: [UInt8](repeating: 0, count: 8)),
    .misplaced(file: "f", tensor: "b", start: 4, expected: 8)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("2", "0,8"))}"#, data: [0, 0, 0]),
    .truncated(file: "f", length: 65, expected: 70)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("2305843009213693951", "0,9223372036854775804"))}"#),
    .truncated(file: "f", length: 98, expected: nil)
  ),
  (
    safeTensorsFile(#"{"a":\#(tensor("1", "0,4"))}"#, data: [0, 0, 0, 0, 0]),
    .trailingBytes(file: "f", offset: 66)
  ),
  (safeTensorsFile("{}", data: [0]), .trailingBytes(file: "f", offset: 10)),
]

@Suite struct SafeTensorsErrorTests {
  @Test(arguments: malformed.indices) func `JSON of another form is reported`(index: Int) {
    let (header, place, expected) = malformed[index]
    #expect(
      throws: SafeTensorsError.malformedHeader(file: "f", offset: 8 + place, expected: expected)
    ) {
      try SafeTensors(decoding: safeTensorsFile(header), file: "f")
    }
  }

  @Test func `text that is not UTF-8 is reported`() {
    let bytes: [UInt8] = [4, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF, 0x22]
    #expect(
      throws: SafeTensorsError.malformedHeader(file: "f", offset: 10, expected: "text in UTF-8")
    ) {
      try SafeTensors(decoding: bytes, file: "f")
    }
  }

  @Test(arguments: damaged.indices) func `a damaged file is reported`(index: Int) {
    let (bytes, error) = damaged[index]
    #expect(throws: error) { try SafeTensors(decoding: bytes, file: "f") }
    #expect(error.exitStatus == .badData)
    #expect(error.description.hasPrefix("f: ") && !error.description.contains("\n"))
  }

  @Test func `a header of more than a hundred million bytes is not read`() {
    let length = 100_000_001
    let bytes =
      (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
      + [UInt8](repeating: 0x20, count: length)
    #expect(
      throws: SafeTensorsError.headerTooLong(
        file: "f", length: UInt64(length), limit: 100_000_000)
    ) {
      try SafeTensors(decoding: bytes, file: "f")
    }
  }

  @Test func `a missing file is reported`() {
    let error = SafeTensorsError.missing(file: "/no/such/file")
    #expect(throws: error) { try SafeTensors(contentsOf: "/no/such/file") }
    #expect(error.exitStatus == .missingInput)
  }

  @Test(arguments: ["/", "/dev/zero"]) func `what is no regular file is not read`(path: String) {
    let error = SafeTensorsError.unreadable(
      file: path, reason: path == "/" ? "it is a folder" : "it is a pipe or a device, no file")
    #expect(throws: error) { try SafeTensors(contentsOf: path) }
    #expect(error.exitStatus == .missingInput)
  }

  @Test(arguments: ["folder", "folder/file/below"])
  func `a file that cannot be written is reported and leaves nothing behind`(name: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "folder/file")
    let path = folder.path(name)
    let error = #expect(throws: SafeTensorsError.self) { try SafeTensors([:]).write(to: path) }
    #expect(error?.description.hasPrefix("\(path): cannot be written: ") == true)
    #expect(error?.exitStatus == .cannotWrite)
    #expect(folder.text("folder/file") == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["folder"])
  }
}
