import Foundation
import KernelSupport
import Optimizers
import TestSupport
import Testing

/// One life of the fixture training, from its start to its end or its death.
private struct TrainingProcess {
  private let process = Process()
  private let start = ContinuousClock.now

  /// Starts a training that saves in `file` after every step, and goes on from what it finds there.
  init(file: String) throws {
    process.executableURL = products.appending(path: "FixtureTraining")
    process.arguments = [file]
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// Waits for the end; returns how long the process lived.
  ///
  /// - Parameter limit: after how many seconds to kill it, in the midst of whatever it does.
  /// - Returns: the seconds it lived, and whether the kill came before the end.
  func wait(killingAfter limit: Double = .infinity) -> (seconds: Double, wasKilled: Bool) {
    if limit < .infinity {
      Thread.sleep(forTimeInterval: limit)
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    process.waitUntilExit()
    let wasKilled =
      process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL
    #expect(wasKilled || process.terminationStatus == 0)
    return ((ContinuousClock.now - start) / .seconds(1), wasKilled)
  }
}

@Suite struct TrainingKillTests {
  /// The moments are spread evenly over a life, so they fall into steps, into checkpoints half written,
  /// between the two, and before the first; every run that ends between the kills is compared.
  @Test(.timeLimit(.minutes(5)))
  func `training killed twenty times at random moments ends with the same bits`() throws {
    let folder = try TemporaryFolder()
    let reference = folder.path("reference")
    let lifetime = try TrainingProcess(file: reference).wait().seconds
    let expected = try Data(contentsOf: URL(filePath: reference))
    var generator = SeededGenerator(seed: 20)
    var (kills, interruptedWrites, life, lastStep) = (0, 0, 0, 0)
    var stepsAtKill: Set<Int> = []
    var names = ["reference"]
    var wasKilled = false
    repeat {
      if !wasKilled {
        names.append("run\(life)")
        lastStep = 0
      }
      let file = folder.path(names[names.count - 1])
      let isDue = kills < 20 || interruptedWrites == 0
      let limit = isDue ? Double(generator.uniform()) * lifetime : .infinity
      wasKilled = try TrainingProcess(file: file).wait(killingAfter: limit).wasKilled
      life += 1
      if wasKilled {
        kills += 1
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        if left.contains(where: { $0.hasPrefix(".partial-") }) { interruptedWrites += 1 }
        guard FileManager.default.fileExists(atPath: file) else { continue }
        let step = try Checkpoint(contentsOf: file).progress.stepCount
        #expect(step >= lastStep)
        lastStep = step
        stepsAtKill.insert(step)
      } else {
        #expect(try Data(contentsOf: URL(filePath: file)) == expected)
      }
    } while wasKilled || kills < 20 || interruptedWrites == 0
    // Kills that all came before the first step, say, would prove nothing.
    #expect(stepsAtKill.count >= 5, "\(stepsAtKill)")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(files.sorted() == names.sorted(), "nothing is left of interrupted writes")
  }
}
