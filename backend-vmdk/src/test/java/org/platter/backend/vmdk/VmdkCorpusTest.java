// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.platter.error.DiskException;
import org.platter.format.Image;
import org.platter.format.ImageFlag;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images that other programs made read as others say. */
class VmdkCorpusTest {
    private static final int PIECE = 65536;
    private static final long LARGE = 256L << 20;

    /** Digests of large disks over what is not zero: of each piece its number and its bytes. Source: the corpus. */
    private static final Map<String, String> SPARSE_DIGESTS = Map.of(
            "OSLAB/disk.vmdk", "1366b872c1b5d859cd22b36bc42ed074",
            "qemu/iotest-version3.vmdk", "febee419c21babab24de2db11deaca8f",
            "virtualbox/tdAppliance1-t2-disk1.vmdk", "d41d8cd98f00b204e9800998ecf8427e");

    private record Row(String image, long size, String md5) {}

    private static List<Row> rows(Path corpus) throws IOException {
        List<Row> rows = Files.readAllLines(corpus.resolve("MANIFEST.tsv")).stream()
                .filter(line -> !line.startsWith("#") && line.contains("\tVMDK "))
                .map(line -> line.split("\t"))
                .map(columns ->
                        new Row(columns[0], columns[1].matches("[0-9]+") ? Long.parseLong(columns[1]) : 0, columns[2]))
                .toList();
        assertTrue(rows.size() >= 13, () -> "only " + rows.size() + " rows");
        return rows;
    }

    private static MemoryFolder folder(Path corpus, Row row) throws IOException {
        Path image = corpus.resolve(row.image());
        String name = image.getFileName().toString();
        return Tools.unpacked(image.getParent(), name.substring(0, name.lastIndexOf('.')));
    }

    private static Image open(MemoryFolder folder, Row row, Mode mode) throws IOException {
        String name = row.image().substring(row.image().lastIndexOf('/') + 1);
        return new VmdkBackend().open(TestImageContext.of(folder, name, mode));
    }

    @TestFactory
    Stream<DynamicTest> readsAsOthersDo() throws IOException {
        Path corpus = Tools.corpus();
        return rows(corpus).stream().map(row -> DynamicTest.dynamicTest(row.image(), () -> check(corpus, row)));
    }

    private static void check(Path corpus, Row row) throws Exception {
        MemoryFolder folder = folder(corpus, row);
        MemoryFolder before = folder.copy();
        if (row.md5().equals("refuse")) {
            assertThrows(DiskException.class, () -> open(folder, row, Mode.READ));
            return;
        }
        try (Image image = open(folder, row, Mode.READ)) {
            assertEquals(row.size(), image.info().size());
            boolean large = row.size() > LARGE;
            assertEquals(large ? SPARSE_DIGESTS.get(row.image()) : row.md5(), digest(image, !large));
            assertEquals(0, image.check(Progress.NONE).errors());
        }
        assertTrue(folder.sameBytes(before));
    }

    private static String digest(Image image, boolean everything) throws Exception {
        MessageDigest md5 = MessageDigest.getInstance("MD5");
        byte[] zeroes = new byte[PIECE];
        long size = image.info().size();
        for (long at = 0; at < size; ) {
            Run run = image.map(at, size - at);
            if (!everything && !(run instanceof Run.Data)) {
                at = Math.max(at + 1, run.end() / PIECE * PIECE);
                at = at % PIECE == 0 ? at : (at / PIECE + 1) * PIECE;
                continue;
            }
            byte[] piece = new ImageDriver(image).read(at, (int) Math.min(PIECE, size - at));
            if (everything) {
                md5.update(piece);
            } else if (!Arrays.equals(piece, 0, piece.length, zeroes, 0, piece.length)) {
                md5.update(ByteBuffer.allocate(8).putLong(0, at / PIECE));
                md5.update(piece);
            }
            at += piece.length;
        }
        return HexFormat.of().formatHex(md5.digest());
    }

    @TestFactory
    Stream<DynamicTest> isWrittenInPlaceUnlessItIsAStream() throws IOException {
        Path corpus = Tools.corpus();
        return rows(corpus).stream()
                .filter(row -> !row.md5().equals("refuse") && row.size() <= LARGE)
                .map(row -> DynamicTest.dynamicTest(row.image(), () -> write(corpus, row)));
    }

    private static void write(Path corpus, Row row) throws Exception {
        MemoryFolder folder = folder(corpus, row);
        byte[] disk = new ImageDriver(open(folder, row, Mode.READ)).readAll();
        ImageDriver image = new ImageDriver(open(folder, row, Mode.WRITE));
        if (image.image().info().is(ImageFlag.STREAM_OPTIMIZED)) {
            assertThrows(DiskException.class, () -> image.write(0, new byte[512]));
            return;
        }
        for (int at : new int[] {0, disk.length / 3 / 512 * 512, disk.length - 512}) {
            Arrays.fill(disk, at, at + 512, (byte) 0x5A);
            image.write(at, Arrays.copyOfRange(disk, at, at + 512));
        }
        image.flush();
        image.close();
        ImageDriver again = new ImageDriver(open(folder, row, Mode.READ));
        assertTrue(again.readsAs(disk));
        Vmdk.assertClean(again);
    }
}
