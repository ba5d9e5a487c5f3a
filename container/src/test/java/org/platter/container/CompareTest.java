// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.backend.raw.RawBackend;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;

/** Two disks of different sizes: data, a hole of the one, a hole of both, and data up to the smaller one's end. */
class CompareTest {
    private static final int MIB = 1 << 20;
    private static final long SIZE = 9 * MIB + 512;
    private static final long LONGER = SIZE + 3 * MIB;

    private final TestPlatform platform =
            new TestPlatform().with(new RawBackend()).with("mem", new MemoryProvider());
    private VirtualDisk one;
    private VirtualDisk other;

    @BeforeEach
    void fill() throws DiskException {
        one = platform.raw("one.img", SIZE);
        other = platform.raw("other.img", LONGER);
        for (VirtualDisk disk : new VirtualDisk[] {one, other}) {
            disk.write(ByteBuffer.wrap(RawDiskTest.random(1, 2 * MIB + 512)), 0);
            disk.write(ByteBuffer.wrap(RawDiskTest.random(2, 2 * MIB)), SIZE - 2 * MIB);
        }
        other.write(ByteBuffer.allocate(MIB), 4 * MIB);
    }

    @AfterEach
    void close() throws DiskException {
        one.close();
        other.close();
        platform.close();
    }

    @Test
    void zeroesAreEqualToHolesAndToWhatIsBehindTheEnd() throws Exception {
        assertTrue(one.compare(other).join().identical());
        assertTrue(other.compare(one).join().identical());
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0, // the first byte
                (256 << 10) - 1, // the end of a piece
                (256 << 10) + 77, // inside the next
                MIB + 3, // another window
                4 * MIB + 9, // a hole of the one disk
                6 * MIB, // a hole of both
                SIZE - 1, // the last byte of the smaller disk
                SIZE, // behind its end, in the same window
                LONGER - 1
            })
    void theFirstDifferenceIsFound(long at) throws Exception {
        flip(at);
        if (at + 2 * MIB < LONGER) {
            flip(at + 2 * MIB); // a later one does not matter
        }
        assertEquals(at, one.compare(other).join().difference());
        assertEquals(at, other.compare(one).join().difference());
    }

    private void flip(long at) throws DiskException {
        byte[] sector = RawDiskTest.read(other, at / 512 * 512, 512);
        sector[(int) (at % 512)] ^= 1;
        other.write(ByteBuffer.wrap(sector), at / 512 * 512);
    }
}
