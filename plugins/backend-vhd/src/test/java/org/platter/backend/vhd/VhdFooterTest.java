// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.platter.error.DiskException;
import org.platter.format.Geometry;

class VhdFooterTest {
    /** As qemu-img 7.2 writes it for 10 MiB. */
    private static final String QEMU = "636f6e6563746978 00000002 00010000 0000000000000200 3295aa14 71656d75 00050003"
            + " 5769326b 0000000000a07000 0000000000a07000 012e0411 00000003 ffffed3e 68967d2c0bdb4ab28052defc";

    private static ByteBuffer qemu() {
        byte[] start = HexFormat.of().parseHex(QEMU.replace(" ", ""));
        return ByteBuffer.allocate(512).put(start).rewind();
    }

    @Test
    void readsWhatQemuWrites() {
        VhdFooter footer = VhdFooter.decode(qemu());
        assertEquals(0xA07000, footer.size());
        assertEquals(VhdFooter.DYNAMIC, footer.type());
        assertEquals(512, footer.headerPosition());
        assertEquals(new Geometry(302, 4, 17), footer.geometry().orElseThrow());
        assertEquals(0xFFFFED3E, footer.checksum());
    }

    @Test
    void everyByteSurvives() {
        byte[] bytes = new byte[512];
        new Random(1).nextBytes(bytes);
        assertArrayEquals(
                bytes, VhdFooter.decode(ByteBuffer.wrap(bytes)).encode().array());
        byte[] header = new byte[1024];
        new Random(2).nextBytes(header);
        assertArrayEquals(
                header, VhdHeader.decode(ByteBuffer.wrap(header)).encode().array());
    }

    @Test
    void everyChangedByteBreaksTheChecksum() {
        VhdFooter own = VhdFooter.own(2, -1, 1 << 20, new UUID(5, 6), new Geometry(3, 4, 17));
        assertTrue(own.whole());
        for (int at = 0; at < 512; at++) {
            byte[] bytes = own.encode().array().clone();
            bytes[at] ^= 0x10;
            VhdFooter changed = VhdFooter.decode(ByteBuffer.wrap(bytes));
            assertFalse(changed.whole());
            assertThrows(DiskException.class, changed::validated);
        }
    }

    @Test
    void changesKeepTheChecksumRight() throws DiskException {
        VhdFooter own = VhdFooter.own(3, 512, 1 << 20, new UUID(5, 6), VhdGeometry.of(1 << 20));
        VhdFooter changed =
                own.withId(new UUID(7, 8)).withType(4).withSize(4 << 20).withHeaderAt(1024);
        assertEquals(4 << 20, changed.validated().size());
        assertEquals(new Geometry(120, 4, 17), changed.geometry().orElseThrow());
    }

    @Test
    void givenGeometrySurvivesGrowing() {
        Geometry given = new Geometry(9, 16, 63);
        VhdFooter own = VhdFooter.own(3, 512, 1 << 20, new UUID(5, 6), given);
        assertEquals(given, own.withSize(4 << 20).geometry().orElseThrow());
    }

    @ParameterizedTest
    @CsvSource({
        "1, 30/4/17",
        "4, 120/4/17",
        "10, 301/4/17",
        "504, 1024/16/63",
        "8192, 16644/16/63",
        "130048, 65278/16/255",
        "2088960, 65535/16/255"
    })
    void geometryIsThatOfOtherWriters(long mebibytes, String expected) {
        assertEquals(expected, VhdGeometry.of(mebibytes << 20).toString());
    }

    @Test
    void smallestDiskHasAGeometry() {
        assertEquals("1/4/17", VhdGeometry.of(512).toString());
    }
}
