// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.platter.backend.vmdk.Vmdk.NAME;
import static org.platter.backend.vmdk.Vmdk.assertClean;
import static org.platter.backend.vmdk.Vmdk.create;
import static org.platter.backend.vmdk.Vmdk.created;
import static org.platter.backend.vmdk.Vmdk.open;
import static org.platter.backend.vmdk.Vmdk.random;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext.Mode;

/** Checks that let others in, and that end. */
class CheckBesideWritesTest {
    private static final int SIZE = 64 << 20;

    static Stream<Set<ImageFlag>> variants() {
        return Stream.of(Set.of(), Set.of(ImageFlag.SPLIT_2G));
    }

    /** Leaks that were there before are read in pieces, and every piece lets a change in. */
    @ParameterizedTest
    @MethodSource("variants")
    void whatChangesMeanwhileIsNoFault(Set<ImageFlag> flags) throws IOException {
        int[] calls = {0};
        for (int seed = 0; seed < 8; seed++) {
            MemoryFolder folder = new MemoryFolder();
            byte[] model = new byte[SIZE];
            String file = flags.isEmpty() ? NAME : "disk-s001.vmdk";
            try (ImageDriver image = create(folder, ImageSpec.base(SIZE, flags), "GrainSize", "4096")) {
                image.write(0, random(seed, 8 << 20));
                System.arraycopy(random(seed, 8 << 20), 0, model, 0, 8 << 20);
                image.flush();
            }
            int lost = 3 << 20;
            folder.bare(file)
                    .write(ByteBuffer.wrap(random(1, lost)), folder.bare(file).size());
            try (ImageDriver image = open(folder, Mode.WRITE)) {
                Random random = new Random(seed);
                CheckReport report = image.image().check(bytes -> {
                    calls[0]++;
                    change(image, model, random);
                });
                assertEquals(0, report.errors(), report.findings()::toString);
                assertTrue(report.leaks() <= lost / 4096, report.findings()::toString);
                image.flush();
                assertTrue(image.readsAs(model));
            }
        }
        assertTrue(calls[0] >= 16, "let in " + calls[0] + " times");
    }

    private static void change(ImageDriver image, byte[] model, Random random) {
        try {
            for (int i = 0; i < 8; i++) {
                int at = random.nextInt(SIZE / 4096 - 64) * 4096;
                int length = (1 + random.nextInt(64)) * 4096;
                if (random.nextInt(3) == 0) {
                    image.image().remap(new Run.Free(at, length));
                    Arrays.fill(model, at, at + length, (byte) 0);
                } else {
                    byte[] bytes = random(random.nextLong(), length);
                    image.write(at, bytes);
                    System.arraycopy(bytes, 0, model, at, length);
                }
                if (random.nextInt(30) == 0) {
                    image.flush();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aCheckIsStoppedByItsProgress() throws IOException {
        MemoryFolder folder = created(Set.of(), SIZE, random(1, 1 << 20));
        folder.bare(NAME)
                .write(ByteBuffer.wrap(random(2, 4 << 20)), folder.bare(NAME).size());
        MemoryFolder stream = created(Set.of(ImageFlag.STREAM_OPTIMIZED), SIZE, random(1, 4 << 20));
        for (MemoryFolder each : new MemoryFolder[] {folder, stream}) {
            Progress cancel = bytes -> {
                throw new DiskException(ErrorCode.CANCELLED, "stop");
            };
            DiskException e = assertThrows(
                    DiskException.class, () -> open(each, Mode.READ).image().check(cancel));
            assertEquals(ErrorCode.CANCELLED, e.code());
        }
    }

    @Test
    void everyGrainOfAStreamIsComparedWithItsChecksum() throws IOException {
        MemoryFolder folder = created(Set.of(ImageFlag.STREAM_OPTIMIZED), SIZE, random(1, 4 << 20));
        assertClean(open(folder, Mode.READ));
        folder.bare(NAME).write(ByteBuffer.wrap(new byte[8]), 2_000_000);
        CheckReport report = open(folder, Mode.READ).image().check(Progress.NONE);
        assertEquals(1, report.errors(), report.findings()::toString);
    }
}
