import Foundation
import KernelSupport
import TestSupport
import Testing

@Suite struct StandardStreamsTests {
  @Test func `what is printed to a closed stream goes into no file`() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      close(1)
      keepStandardStreams()
      // Without the call this file would have the number of standard output.
      let file = unsafe open(folder.path("file"), O_WRONLY | O_CREAT, 0o600)
      let error = #expect(throws: OutputError.self) { try FileHandle.standardOutput.show("text") }
      #expect(error?.reason == "it is closed")
      #expect(error?.exitStatus == .failedOutput)
      close(file)
      #expect(folder.text("file") == "")
    }
  }

  @Test func `a full pipe is waited for, and a closed one is told apart`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_IGN)
      let pipe = Pipe()
      let writer = pipe.fileHandleForWriting
      _ = fcntl(writer.fileDescriptor, F_SETFL, O_NONBLOCK)
      let text = String(repeating: "text ", count: 100_000)
      let reader = Task.detached { try pipe.fileHandleForReading.readToEnd() }
      try writer.show(text)
      try writer.close()
      #expect(try await reader.value == Data(text.utf8))
      let other = Pipe()
      try other.fileHandleForReading.close()
      let error = #expect(throws: OutputError.self) { try other.fileHandleForWriting.show("x") }
      #expect(error?.isReaderGone == true)
    }
  }
}
