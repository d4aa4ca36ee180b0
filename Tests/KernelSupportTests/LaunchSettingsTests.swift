import Foundation
import KernelSupport
import Testing

/// Settings last for the life of a process, so each test needs one of its own.
@Suite struct LaunchSettingsTests {
  @Test func `chosen settings are where a program starts from`() async {
    await #expect(processExitsWith: .success) {
      LaunchSettings.choose(LaunchSettings(backend: .naive, threadCount: 3))
      guard Backend.current == .naive, Threads.count == 3 else { exit(1) }
      guard LaunchSettings.current.backend == .naive else { exit(1) }
      guard Backend.$current.withValue(.fast, operation: { Backend.current == .fast }) else {
        exit(1)
      }
    }
  }

  @Test func `without a choice kernels are fast and use all cores`() async {
    await #expect(processExitsWith: .success) {
      guard Backend.current == .fast, Threads.count == Threads.available else { exit(1) }
    }
  }

  @Test func `a choice after the first use stops the program`() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Threads.count
      LaunchSettings.choose(LaunchSettings())
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("LaunchSettings.choose: settings are already in use"))
  }

  @Test func `a thread count below 1 stops the program`() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = LaunchSettings(threadCount: 0)
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("LaunchSettings: a thread count of 0 is below 1"))
  }
}
