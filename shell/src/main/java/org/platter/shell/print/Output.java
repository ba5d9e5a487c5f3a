// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Standard output for text, JSON and raw bytes. Other than a {@link PrintStream} it fails when the bytes cannot be
 * delivered, with an {@link OutputException}. Buffers text; {@link #flush()} ends it. For one thread.
 */
public final class Output extends Writer {
    private static final int BUFFER = 8192;

    private final OutputStream target;
    private final Charset charset;
    private final StringBuilder text = new StringBuilder();

    private Output(OutputStream target, Charset charset) {
        this.target = target;
        this.charset = charset;
    }

    /** What the process's standard output is connected with, whatever stands before it. */
    public static Output ofProcess() {
        String name = System.getProperty("stdout.encoding", System.getProperty("sun.stdout.encoding", ""));
        Charset charset = name.isEmpty() ? Charset.defaultCharset() : Charset.forName(name);
        return new Output(new FileOutputStream(FileDescriptor.out), charset);
    }

    /** A stream of which only a print stream is known. */
    public static Output of(PrintStream stream) {
        return new Output(new Checked(stream), StandardCharsets.UTF_8);
    }

    @Override
    public void write(char[] chars, int from, int length) throws IOException {
        text.append(chars, from, length);
        drain(BUFFER);
    }

    @Override
    public Output append(CharSequence chars) throws IOException {
        text.append(chars);
        drain(BUFFER);
        return this;
    }

    /** Writes the rest of the buffer behind all text. */
    public void bytes(ByteBuffer bytes) throws IOException {
        drain(0);
        if (target instanceof FileOutputStream file) {
            try {
                while (bytes.hasRemaining()) {
                    file.getChannel().write(bytes);
                }
            } catch (IOException e) {
                throw new OutputException(e);
            }
        } else {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            deliver(copy, 0, copy.length);
        }
    }

    @Override
    public void flush() throws IOException {
        drain(0);
        try {
            target.flush();
        } catch (IOException e) {
            throw new OutputException(e);
        }
    }

    /** Leaves the stream open: it belongs to the process. */
    @Override
    public void close() throws IOException {
        flush();
    }

    private void drain(int above) throws IOException {
        if (text.length() > above) {
            byte[] bytes = text.toString().getBytes(charset);
            text.setLength(0);
            deliver(bytes, 0, bytes.length);
        }
    }

    private void deliver(byte[] bytes, int from, int length) throws IOException {
        try {
            target.write(bytes, from, length);
        } catch (IOException e) {
            throw new OutputException(e);
        }
    }

    /** The same as a stream of bytes. */
    public OutputStream stream() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                drain(0);
                deliver(bytes, from, length);
            }

            @Override
            public void flush() throws IOException {
                Output.this.flush();
            }
        };
    }

    /** A print stream that does not keep its troubles to itself. */
    private static final class Checked extends OutputStream {
        private final PrintStream stream;

        Checked(PrintStream stream) {
            this.stream = stream;
        }

        @Override
        public void write(int b) throws IOException {
            stream.write(b);
            check();
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            stream.write(bytes, from, length);
            check();
        }

        @Override
        public void flush() throws IOException {
            stream.flush();
            check();
        }

        private void check() throws IOException {
            if (stream.checkError()) {
                throw new IOException("Broken pipe");
            }
        }
    }
}
