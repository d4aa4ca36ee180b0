import Foundation
import KernelSupport
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
  #expect(throws: WriteError.self) { try checkWritable(file: target) }
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

/// The permissions of a file, as `stat` tells them.
private func mode(_ path: String) throws -> Int {
  let attributes = try FileManager.default.attributesOfItem(atPath: path)
  return try #require(attributes[.posixPermissions] as? Int)
}

@Test(arguments: [0o640, 0o600, 0o755, 0o664])
func `a file keeps its permissions`(permissions: Int) throws {
  let folder = try TemporaryFolder()
  try folder.write("old", to: "file")
  try FileManager.default.setAttributes(
    [.posixPermissions: permissions], ofItemAtPath: folder.path("file"))
  try writeWhole(Data("new".utf8), to: folder.url.appending(path: "file"))
  #expect(folder.text("file") == "new")
  #expect(try mode(folder.path("file")) == permissions)
}

@Test func `a new file has the permissions of every new file`() throws {
  let folder = try TemporaryFolder()
  #expect(FileManager.default.createFile(atPath: folder.path("other"), contents: nil))
  try writeWhole(Data("new".utf8), to: folder.url.appending(path: "file"))
  #expect(try mode(folder.path("file")) == mode(folder.path("other")))
}

@Test(arguments: ["target", "below/target", "missing"])
func `a symbolic link stays, and its target is replaced`(target: String) throws {
  let folder = try TemporaryFolder()
  let files = FileManager.default
  if target != "missing" { try folder.write("old", to: target) }
  // A link to a link, one relative and one absolute.
  try files.createSymbolicLink(atPath: folder.path("middle"), withDestinationPath: target)
  try files.createSymbolicLink(
    atPath: folder.path("link"), withDestinationPath: folder.path("middle"))
  let link = folder.url.appending(path: "link")
  try checkWritable(file: link)
  try writeWhole(Data("new".utf8), to: link)
  #expect(folder.text(target) == "new")
  #expect(try files.destinationOfSymbolicLink(atPath: folder.path("middle")) == target)
  #expect(try files.destinationOfSymbolicLink(atPath: link.path) == folder.path("middle"))
}

@Test func `links that lead round in a circle are refused`() throws {
  let folder = try TemporaryFolder()
  for (name, target) in [("a", "b"), ("b", "a")] {
    try FileManager.default.createSymbolicLink(
      atPath: folder.path(name), withDestinationPath: target)
  }
  let url = folder.url.appending(path: "a")
  let error = #expect(throws: WriteError.self) { try writeWhole(Data(), to: url) }
  #expect(error?.reason == "symbolic links that lead round in a circle")
}

/// No device of the system's: a faulty writer that runs with all permissions would put a file in its place.
@Test func `a folder and a pipe are refused and stay what they are`() throws {
  let folder = try TemporaryFolder()
  try folder.write("inside", to: "folder/file")
  #expect(unsafe mkfifo(folder.path("pipe"), 0o600) == 0)
  try FileManager.default.createSymbolicLink(
    atPath: folder.path("link"), withDestinationPath: "pipe")
  for (name, reason) in [
    ("folder", "it is a folder"), ("pipe", "it is a pipe or a device, no file"),
    ("link", "it is a pipe or a device, no file"),
  ] {
    let url = folder.url.appending(path: name)
    let before = try FileManager.default.attributesOfItem(atPath: url.path)[.type]
    for attempt in [
      { try writeWhole(Data("new".utf8), to: url) }, { try checkWritable(file: url) },
    ] {
      let error = #expect(throws: WriteError.self) { try attempt() }
      #expect(error?.reason == reason)
    }
    let after = try FileManager.default.attributesOfItem(atPath: url.path)[.type]
    #expect(before as? FileAttributeType == after as? FileAttributeType)
  }
  #expect(folder.text("folder/file") == "inside")
}

@Test func `what stands beside the file is left alone, whatever its name`() throws {
  let folder = try TemporaryFolder()
  // A folder of the name that earlier versions wrote under, and names that begin as partial files do.
  let names = ["file.partial/note", ".partial-notes", ".partial-", ".partial-12/note"]
  for name in names { try folder.write("mine", to: name) }
  try writeWhole(Data("new".utf8), to: folder.url.appending(path: "file"))
  for name in names { #expect(folder.text(name) == "mine", "\(name)") }
}

@Test func `what a killed writer left is removed, and a living one's is not`() throws {
  let folder = try TemporaryFolder()
  try folder.write("half", to: ".partial-dead")
  try folder.write("half", to: ".partial-a11fe")
  let writer = try FileHandle(forUpdating: folder.url.appending(path: ".partial-a11fe"))
  #expect(flock(writer.fileDescriptor, LOCK_EX) == 0)
  try writeWhole(Data("new".utf8), to: folder.url.appending(path: "file"))
  #expect(
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
      == [".partial-a11fe", "file"])
}

@Test func `of many writers at once one wins, and nothing is left of the others`() async throws {
  let folder = try TemporaryFolder()
  let url = folder.url.appending(path: "file")
  let texts = (0..<8).map { String(repeating: "\($0)", count: 10_000) }
  try await withThrowingTaskGroup { group in
    for text in texts {
      group.addTask { for _ in 0..<10 { try writeWhole(Data(text.utf8), to: url) } }
    }
    try await group.waitForAll()
  }
  #expect(texts.contains(try #require(folder.text("file"))))
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["file"])
}

@Test(.enabled(if: getuid() == 0, "only root can become somebody without permissions"))
func `without permission nothing is written and nothing read`() async {
  await #expect(processExitsWith: .success) {
    let folder = try TemporaryFolder()
    try folder.write("old", to: "file")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: folder.path("file"))
    _ = seteuid(65534)
    let file = folder.url.appending(path: "file")
    for url in [file, folder.url.appending(path: "new")] {
      let error = #expect(throws: WriteError.self) { try writeWhole(Data(), to: url) }
      #expect(error?.reason == "no permission")
      #expect(throws: WriteError.self) { try checkWritable(file: url) }
    }
    let error = #expect(throws: FileError.self) { try contents(ofFile: file.path) }
    #expect(error?.reason == "no permission")
    _ = seteuid(0)
    #expect(folder.text("file") == "old")
    // In a folder in which anybody may rename, a file that only its owner may write is still protected.
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o777], ofItemAtPath: folder.url.path)
    _ = seteuid(65534)
    #expect(throws: WriteError.self) { try writeWhole(Data("new".utf8), to: file) }
    #expect(throws: WriteError.self) { try checkWritable(file: file) }
    _ = seteuid(0)
    #expect(folder.text("file") == "old")
  }
}

@Test(.timeLimit(.minutes(5)))
func `only files are read, and a pipe is not waited for`() throws {
  let folder = try TemporaryFolder()
  try folder.write("text", to: "file")
  #expect(unsafe mkfifo(folder.path("pipe"), 0o600) == 0)
  #expect(try contents(ofFile: folder.path("file")) == Data("text".utf8))
  for (path, cause) in [
    (folder.path("none"), FileError.Cause.missing), (folder.path("pipe"), .noFile),
    (folder.url.path, .noFile), ("/dev/null", .noFile), (folder.path("file/below"), .other),
  ] {
    let error = #expect(throws: FileError.self) { try contents(ofFile: path) }
    #expect(error?.cause == cause, "\(path)")
  }
}

@Test func `a part of a file is read, and not less than was asked for`() throws {
  let folder = try TemporaryFolder()
  try folder.write("0123456789", to: "file")
  let handle = try openFile(folder.path("file"))
  #expect(try handle.length() == 10)
  for (range, text) in [(3..<5, "34"), (0..<10, "0123456789"), (10..<10, "")] {
    #expect(try handle.bytes(range) == Data(text.utf8))
  }
  #expect(throws: FileError.self) { try handle.bytes(9..<11) }
}
