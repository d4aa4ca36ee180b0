import Foundation
import Notebook
import TestSupport
import Testing

@Test func `check sums have their published values`() {
  // The check values of the catalogues: CRC-32 of "123456789", Adler-32 of "Wikipedia".
  #expect(CheckSum.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
  #expect(CheckSum.adler32(Array("Wikipedia".utf8)) == 0x11E6_0398)
}

/// Pictures with runs of every length that the codes of DEFLATE tell apart, and some without any.
private let pictures: [PNG] = {
  var state: UInt32 = 1
  func next() -> UInt8 {
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(state >> 24)
  }
  let runs = (0..<300).flatMap { length in [UInt8](repeating: next(), count: length) }
  let noise = (0..<3 * 40 * 30).map { _ in next() }
  return [
    PNG(width: 1, height: 1, channelCount: 1, values: [7]),
    PNG(width: runs.count / 2, height: 2, channelCount: 1, values: runs),
    PNG(width: 40, height: 30, channelCount: 3, values: noise),
    PNG(width: 90, height: 40, channelCount: 3, values: Array(repeating: 200, count: 10800)),
  ]
}()

@Test(arguments: pictures.indices)
func `a picture is read as it was written`(index: Int) {
  #expect(PNG(decoding: pictures[index].encoded()) == pictures[index])
}

@Test func `an even picture is small and a damaged one is refused`() {
  let data = pictures[3].encoded()
  #expect(data.count < 10800 / 20)
  for place in data.indices {
    var damaged = data
    damaged[place] ^= 1
    let damagedPicture = PNG(decoding: damaged)
    #expect(damagedPicture == nil, "byte \(place)")
    let cutPicture = PNG(decoding: data.prefix(place))
    #expect(cutPicture == nil, "cut at \(place)")
  }
}

@Test func `other programs read the pictures`() throws {
  let python = """
    import sys, zlib, struct
    data = open(sys.argv[1], 'rb').read()
    place, body = 8, b''
    while place < len(data):
        n, name = struct.unpack('>I4s', data[place:place + 8])
        content = data[place + 8:place + 8 + n]
        assert zlib.crc32(name + content) == struct.unpack('>I', data[place + 8 + n:place + 12 + n])[0]
        body += content if name == b'IDAT' else b''
        place += 12 + n
    print(len(zlib.decompress(body)))
    """
  guard FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") else { return }
  let folder = try TemporaryFolder()
  for picture in pictures {
    try picture.encoded().write(to: folder.url.appending(path: "a.png"))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = ["-c", python, folder.path("a.png")]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    process.waitUntilExit()
    let count = picture.height * (picture.width * picture.channelCount + 1)
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    #expect(String(decoding: output, as: UTF8.self) == "\(count)\n")
  }
}

@Test func `a grid of images is enlarged, framed and grey without colours`() {
  let grid = ImageGrid(
    images: [[0, 1, 0.5, 1], [1, 0, 0, 0]], height: 2, width: 2, columnCount: 2,
    labels: ["3", "7 → 1"])
  let picture = grid.picture
  #expect(picture.channelCount == 1)
  #expect(picture.values.contains(0) && picture.values.contains(255))
  let colored = ImageGrid(
    images: [[-1, 1, 0, 0.5]], height: 2, width: 2, columnCount: 5, colors: .diverging)
  #expect(colored.picture.channelCount == 3)
  #expect(PNG(decoding: colored.encoded()) == colored.picture)
}
