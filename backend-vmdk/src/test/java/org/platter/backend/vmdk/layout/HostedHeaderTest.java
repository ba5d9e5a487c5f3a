// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.platter.backend.vmdk.sparse.SparseExtent;
import org.platter.error.DiskException;
import org.platter.testkit.MemoryStorage;

class HostedHeaderTest {
    /** As QEMU and VirtualBox write it for 10 MiB. */
    private static final String GOLDEN = "4b444d56" // KDMV
            + "01000000" // version
            + "03000000" // flags
            + "0050000000000000" // capacity
            + "8000000000000000" // grain
            + "0100000000000000" // descriptor
            + "1400000000000000" // descriptor size
            + "00020000" // table entries
            + "1500000000000000" // redundant directory
            + "1a00000000000000" // directory
            + "8000000000000000" // overhead
            + "00" // unclean
            + "0a200d0a" // newlines
            + "0000"; // compression

    private static HostedHeader created(long size, byte[] text) throws IOException {
        MemoryStorage storage = MemoryStorage.named("x");
        HostedWriter.create(storage, size, 65536, false, text);
        assertEquals(size, SparseExtent.hosted(storage, size, true).size());
        return HostedHeader.read(storage, 0);
    }

    @Test
    void isLaidOutAsOthersDo() throws IOException {
        MemoryStorage storage = MemoryStorage.named("x");
        byte[] text = "# Disk DescriptorFile\n".getBytes(StandardCharsets.US_ASCII);
        HostedWriter.create(storage, 10 << 20, 65536, false, text);
        assertEquals(GOLDEN, HexFormat.of().formatHex(storage.bytes(0, 79)));
        assertEquals("# Disk", new String(storage.bytes(512, 6), StandardCharsets.US_ASCII));
        assertEquals("16000000", HexFormat.of().formatHex(storage.bytes(21 * 512, 4)));
        assertEquals("1b000000", HexFormat.of().formatHex(storage.bytes(26 * 512, 4)));
        assertEquals(65536, storage.size());
    }

    @ParameterizedTest
    @CsvSource({"5368709120, 21, 663, 1408", "2199023255552, 21, 262677, 525440", "1000448, 21, 26, 128"})
    void putsItsTablesWhereOthersDo(long size, long redundant, long directory, long overhead) throws IOException {
        HostedHeader header = created(size, new byte[] {'#'});
        assertEquals(redundant, header.redundant());
        assertEquals(directory, header.directory());
        assertEquals(overhead, header.overhead());
        assertEquals(size / 512, header.capacity());
    }

    @Test
    void withoutDescriptorTheTablesComeFirst() throws IOException {
        HostedHeader header = created(10 << 20, new byte[0]);
        assertEquals(0, header.descriptor());
        assertEquals(1, header.redundant());
    }

    @Property(tries = 500)
    void anyBytesComeBack(@ForAll @Size(512) byte[] bytes) {
        ByteBuffer again = HostedHeader.decode(ByteBuffer.wrap(bytes)).encodeInto(ByteBuffer.wrap(bytes.clone()));
        assertEquals(ByteBuffer.wrap(bytes), again);
    }

    @Property(tries = 500)
    void anyBytesAreAHeaderOrRefused(@ForAll @Size(512) byte[] bytes, @ForAll byte[] start) throws IOException {
        byte[] golden = Arrays.copyOf(HexFormat.of().parseHex(GOLDEN), 512);
        for (int i = 0; i < start.length; i++) {
            int place = Byte.toUnsignedInt(bytes[i % 512]) % 79;
            golden[place] = start[i];
        }
        try {
            HostedHeader.decode(ByteBuffer.wrap(golden)).validated().layout(1 << 20);
        } catch (DiskException e) {
            return;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, magic",
        "4, 0, version",
        "4, 4, version",
        "8, 0x100003, flags",
        "8, 0x10003, flags",
        "8, 0x20003, flags",
        "0x0C, 0, capacity",
        "0x10, 0x80000000, capacity",
        "0x10, 0x00400000, capacity",
        "0x14, 0, grain",
        "0x14, 3, grain",
        "0x14, 4, grain",
        "0x14, 129, grain",
        "0x18, 1, grain",
        "0x24, 0, descriptor",
        "0x26, 1, descriptor",
        "0x28, 0x80000000, descriptor",
        "0x2C, 0, grain tables",
        "0x2C, 64, grain tables",
        "0x2C, 0x1ff, grain tables",
        "0x2C, 0x40000000, grain tables",
        "0x30, 0xFFFFFF, directory",
        "0x34, 0x80000000, directory",
        "0x30, 26, directories",
        "0x30, 5, directory",
        "0x38, 0, directory",
        "0x38, 20, directory",
        "0x38, 0x7FFFFFFF, directory",
        "0x40, 0x7FFFFFFF, overhead",
        "0x49, 0x0A0A0D0A, line end",
        "0x4D, 1, compression",
        "0x4D, 2, compression"
    })
    void refusesWhatCannotBe(String place, String value, String named) {
        ByteBuffer bytes = ByteBuffer.allocate(512).put(HexFormat.of().parseHex(GOLDEN));
        bytes.order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int at = Integer.decode(place);
        if (at == 0x4D) {
            bytes.putShort(at, (short) (int) Integer.decode(value));
        } else {
            bytes.putInt(at, (int) (long) Long.decode(value));
        }
        DiskException e = assertThrows(
                DiskException.class,
                () -> HostedHeader.decode(bytes.clear()).validated().layout(1 << 20));
        assertTrue(e.getMessage().contains(named), e::getMessage);
    }
}
