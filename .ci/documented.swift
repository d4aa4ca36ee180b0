// Fails where a public symbol of a library product has no documentation, or takes the place of one of the
// standard library's in a program that imports the book.
//
//     swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members
//     swift .ci/documented.swift .build/*/symbolgraph

import Foundation

struct Graph: Decodable {
  struct Symbol: Decodable {
    struct Kind: Decodable { var identifier: String }
    struct Comment: Decodable {}
    var kind: Kind
    var pathComponents: [String]
    var docComment: Comment?
  }
  struct Module: Decodable { var name: String }
  var module: Module
  var symbols: [Symbol]
}

let modules = [
  "KernelSupport", "Perceptrons", "Backprop", "Optimizers", "CNN", "RNN", "Attention",
  "Transformers",
  "GAN", "Autoencoders", "Datasets",
]
let standardFunctions: Set = [
  "abs", "assert", "assertionFailure", "dump", "fatalError", "max", "min", "precondition",
  "preconditionFailure", "print", "repeatElement", "sequence", "stride", "swap", "type", "zip",
]

let folder = URL(fileURLWithPath: CommandLine.arguments[1])
var seen: Set<String> = []
var faults: [String] = []
for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
{
  let graph = try JSONDecoder().decode(Graph.self, from: Data(contentsOf: file))
  guard modules.contains(graph.module.name) else { continue }
  seen.insert(graph.module.name)
  for symbol in graph.symbols {
    let name = symbol.pathComponents.joined(separator: ".")
    // What a task local's macro adds is called by its dollar.
    if symbol.docComment == nil, symbol.pathComponents.last?.hasPrefix("$") == false {
      faults.append("\(graph.module.name): \(name) has no documentation")
    }
    if symbol.kind.identifier == "swift.func", let base = name.split(separator: "(").first,
      standardFunctions.contains(String(base))
    {
      faults.append("\(graph.module.name): \(name) hides the standard library's")
    }
  }
}
faults += modules.filter { !seen.contains($0) }.map { "\($0): no symbols in \(folder.path)" }
for fault in faults { print(fault) }
exit(faults.isEmpty ? 0 : 1)
