// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OutputTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Test
    void textAndBytesKeepTheirOrder() throws IOException {
        Output out = Output.of(new PrintStream(bytes));
        out.append("größe ").bytes(ByteBuffer.wrap(new byte[] {0, (byte) 255, 10}, 1, 2));
        out.append("x").flush();
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        expected.writeBytes("größe ".getBytes(StandardCharsets.UTF_8));
        expected.writeBytes(new byte[] {(byte) 255, 10, 'x'});
        assertArrayEquals(expected.toByteArray(), bytes.toByteArray());
    }

    @Test
    void directBuffersAreWrittenToo() throws IOException {
        Output out = Output.of(new PrintStream(bytes));
        out.bytes(ByteBuffer.allocateDirect(3).put((byte) 7).rewind());
        out.flush();
        assertArrayEquals(new byte[] {7, 0, 0}, bytes.toByteArray());
    }

    @Test
    void aStreamThatTakesNoMoreIsAFailure() {
        Output out = Output.of(new PrintStream(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("gone");
            }
        }));
        assertThrows(OutputException.class, () -> out.append("x").flush());
    }

    @Test
    void onlyABrokenPipeIsTheReadersRight() {
        assertTrue(new OutputException(new IOException("Broken pipe")).closed());
        assertFalse(new OutputException(new IOException("No space left on device")).closed());
    }
}
