// An outsider: checks a copy of our log with Go's own checksum-database code, which we did not write.
//
//	main check DIR    verify DIR/checkpoint, tiles, entries, proof.tlog-proof and consistency
//	main vectors      print roots and proofs made by that code, for the stored vectors
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func read(parts ...string) string {
	data, err := os.ReadFile(filepath.Join(parts...))
	must(err)
	return string(data)
}

func hash(line string) tlog.Hash {
	h, err := tlog.ParseHash(line)
	must(err)
	return h
}

// tiles reads ours: tlog-tiles leaves out the height that Go's paths carry.
type tiles struct{ dir string }

func (t tiles) Height() int                     { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range list {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.dir, path))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func open(dir, file string) (tlog.Tree, string) {
	verifier, err := note.NewVerifier(strings.Split(read(dir, "vkeys"), "\n")[0])
	must(err)
	n, err := note.Open([]byte(file), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return tlog.Tree{N: size, Hash: hash(lines[2])}, lines[0]
}

func entry(dir string, index, size int64) []byte {
	width := size - index/256*256
	if width > 256 {
		width = 256
	}
	tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: int(width)}
	data := []byte(read(dir, strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)))
	for at := int64(0); ; at++ {
		length := binary.BigEndian.Uint16(data)
		if at == index%256 {
			return data[2 : 2+length]
		}
		data = data[2+length:]
	}
}

func check(dir string) {
	tree, origin := open(dir, read(dir, "checkpoint"))
	reader := tlog.TileHashReader(tree, tiles{dir})
	count := 0
	for index := int64(0); index < tree.N; index += 1 + tree.N/97 {
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		must(err)
		leaf := tlog.RecordHash(entry(dir, index, tree.N))
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf))
		count++
	}

	// Our own proof file and consistency proof.
	head, checkpoint, _ := strings.Cut(read(dir, "proof.tlog-proof"), "\n\n")
	lines := strings.Split(head, "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err)
	var ours tlog.RecordProof
	for _, line := range lines[2:] {
		ours = append(ours, hash(line))
	}
	proven, _ := open(dir, checkpoint)
	must(tlog.CheckRecord(ours, proven.N, proven.Hash, index, tlog.RecordHash(entry(dir, index, tree.N))))

	lines = strings.Split(strings.TrimSpace(read(dir, "consistency")), "\n")
	old, err := strconv.ParseInt(lines[0], 10, 64)
	must(err)
	var grown tlog.TreeProof
	for _, line := range lines[2:] {
		grown = append(grown, hash(line))
	}
	must(tlog.CheckTree(grown, tree.N, tree.Hash, old, hash(lines[1])))
	theirs, err := tlog.ProveTree(tree.N, old, reader)
	must(err)
	if fmt.Sprint(theirs) != fmt.Sprint(grown) {
		must(fmt.Errorf("the consistency proofs differ"))
	}
	fmt.Printf("good: %s, %d entries, %d proven\n", origin, tree.N, count)
}

func vectors() {
	type proof struct {
		New, Old int64
		Record   []string // of entry Old-1 in the tree of size New
		Tree     []string // from Old to New
	}
	var out struct {
		Leaves []string
		Roots  []string
		Proofs []proof
		Note   string
		Vkey   string
	}
	encode := func(hashes []tlog.Hash) []string {
		text := []string{}
		for _, h := range hashes {
			text = append(text, h.String())
		}
		return text
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, i := range indexes {
			found = append(found, stored[i])
		}
		return found, nil
	})
	for n := int64(0); n < 600; n++ {
		data := []byte(fmt.Sprintf("entry %d", n))
		hashes, err := tlog.StoredHashes(n, data, reader)
		must(err)
		stored = append(stored, hashes...)
		if n < 4 {
			out.Leaves = append(out.Leaves, tlog.RecordHash(data).String())
		}
		root, err := tlog.TreeHash(n+1, reader)
		must(err)
		if n < 20 || n%53 == 0 || n > 597 {
			out.Roots = append(out.Roots, fmt.Sprintf("%d %s", n+1, root))
		}
	}
	for _, size := range []int64{1, 2, 3, 7, 8, 13, 255, 256, 257, 512, 600} {
		for _, old := range []int64{1, 2, 3, 5, 8, 100, 255, 256, 257, 511, 600} {
			if old > size {
				continue
			}
			record, err := tlog.ProveRecord(size, old-1, reader)
			must(err)
			tree, err := tlog.ProveTree(size, old, reader)
			must(err)
			out.Proofs = append(out.Proofs, proof{size, old, encode(record), encode(tree)})
		}
	}
	skey := "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
	signer, err := note.NewSigner(skey)
	must(err)
	root, err := tlog.TreeHash(600, reader)
	must(err)
	text := fmt.Sprintf("PeterNeumann\n600\n%s\n", base64.StdEncoding.EncodeToString(root[:]))
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	must(err)
	out.Note, out.Vkey = string(signed), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
	data, err := json.MarshalIndent(out, "", " ")
	must(err)
	fmt.Println(string(data))
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "check" {
		check(os.Args[2])
		return
	}
	vectors()
}
