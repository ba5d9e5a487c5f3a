// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HexdumpTest {
    private final StringBuilder out = new StringBuilder();

    @Test
    void showsBytesAndLetters() throws IOException {
        dump(0, ByteBuffer.wrap("Hello, world\n\0\u007fxyz".getBytes(StandardCharsets.ISO_8859_1)));
        assertEquals("""
                00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a 00 7f 78  |Hello, world...x|
                00000010  79 7a                                             |yz|
                00000012
                """, out.toString());
    }

    @Test
    void equalLinesAreOneStar() throws IOException {
        dump(512, ByteBuffer.allocate(64));
        assertEquals("""
                00000200  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
                *
                00000240
                """, out.toString());
    }

    @Test
    void offsetsBeyondFourGibibytesGrow() throws IOException {
        dump(0x1_2345_6780L, ByteBuffer.wrap(new byte[] {1}));
        assertEquals("123456780  01", out.substring(0, 13));
    }

    @Test
    void piecesOfAnyLengthMakeTheSameDump() throws IOException {
        byte[] bytes = "The quick brown fox jumps over the lazy dog".getBytes(StandardCharsets.US_ASCII);
        dump(0, ByteBuffer.wrap(bytes));
        String whole = out.toString();
        out.setLength(0);
        Hexdump dump = new Hexdump(out, 0);
        for (byte one : bytes) {
            dump.add(ByteBuffer.wrap(new byte[] {one}));
        }
        dump.end();
        assertEquals(whole, out.toString());
    }

    private void dump(long offset, ByteBuffer bytes) throws IOException {
        Hexdump dump = new Hexdump(out, offset);
        dump.add(bytes);
        dump.end();
    }
}
