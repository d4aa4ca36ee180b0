import Foundation
import KernelSupport
import Notebook
import TestSupport
import Testing

@Test func `a file is written with the folders on its way`() throws {
  let folder = try TemporaryFolder()
  try writeWhole(Data("text".utf8), to: folder.url.appending(path: "a/b/file"))
  #expect(folder.text("a/b/file") == "text")
}

@Test func `a file with the same content is not touched`() throws {
  let folder = try TemporaryFolder()
  try folder.write("text", to: "file")
  let past = Date(timeIntervalSince1970: 1_000_000)
  try FileManager.default.setAttributes(
    [.modificationDate: past], ofItemAtPath: folder.path("file"))
  try writeWhole(Data("text".utf8), to: folder.url.appending(path: "file"))
  #expect(try folder.changeDate("file") == past)
  try writeWhole(Data("new".utf8), to: folder.url.appending(path: "file"))
  #expect(try folder.changeDate("file") != past)
}

@Test func `a reader that holds a file open sees the old content whole`() throws {
  let folder = try TemporaryFolder()
  try folder.write("old content", to: "file")
  let reader = try FileHandle(forReadingFrom: folder.url.appending(path: "file"))
  try writeWhole(Data("new".utf8), to: folder.url.appending(path: "file"))
  #expect(try reader.readToEnd() == Data("old content".utf8))
  #expect(folder.text("file") == "new")
}

@Test func `a file in the place of a folder is reported and left as it is`() throws {
  let folder = try TemporaryFolder()
  try folder.write("old", to: "file")
  let target = folder.url.appending(path: "file/below")
  #expect(throws: WriteError.self) { try writeWhole(Data(), to: target) }
  let error = #expect(throws: WriteError.self) { try checkWritable(folder: target) }
  #expect(error?.exitStatus == .cannotWrite)
  #expect(folder.text("file") == "old")
}

@Test func `a folder that cannot be written is reported, whoever asks`() throws {
  #if os(Linux)
    let folder = "/proc/new"
  #else
    let folder = "/System/new"
  #endif
  let error = #expect(throws: WriteError.self) {
    try checkWritable(folder: URL(fileURLWithPath: folder))
  }
  #expect(error?.description.hasPrefix("\(folder): cannot be written: ") == true)
}

@Test func `checking a folder leaves nothing behind`() throws {
  let folder = try TemporaryFolder()
  try checkWritable(folder: folder.url.appending(path: "new/below"))
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
}
