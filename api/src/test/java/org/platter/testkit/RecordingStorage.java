// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.platter.storage.Storage;

/** A storage that notes in a {@link Log} every call that has succeeded. Several may share one log. */
public final class RecordingStorage extends ForwardingStorage {
    private final Log log;

    /** Notes calls to {@code below} in {@code log}. */
    public RecordingStorage(Storage below, Log log) {
        super(below);
        this.log = Objects.requireNonNull(log);
    }

    /** Kinds of calls. */
    public enum Kind {
        /** {@code read}. */
        READ,
        /** {@code write}. */
        WRITE,
        /** {@code zero}. */
        ZERO,
        /** {@code discard}. */
        DISCARD,
        /** {@code preallocate}. */
        PREALLOCATE,
        /** {@code resize}: the position is the new size. */
        RESIZE,
        /** {@code flush}. */
        FLUSH
    }

    /** One call. */
    public record Call(URI storage, Kind kind, long position, long length) {
        /** True if the call touches the range. */
        public boolean touches(long from, long count) {
            return position < from + count && from < position + length;
        }
    }

    /** Calls of one or several storages in their order. Safe for use by many threads. */
    public static final class Log {
        private final List<Call> calls = new ArrayList<>(); // guarded by this

        synchronized void add(Call call) {
            calls.add(call);
        }

        /** All calls so far. */
        public synchronized List<Call> calls() {
            return List.copyOf(calls);
        }

        /** All calls of one kind so far. */
        public synchronized List<Call> calls(Kind kind) {
            return calls.stream().filter(call -> call.kind() == kind).toList();
        }

        /** Forgets all calls. */
        public synchronized void clear() {
            calls.clear();
        }
    }

    private void note(Kind kind, long position, long length) {
        log.add(new Call(location(), kind, position, length));
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        int length = dst.remaining();
        super.read(dst, position);
        note(Kind.READ, position, length);
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        int length = src.remaining();
        super.write(src, position);
        note(Kind.WRITE, position, length);
    }

    @Override
    public void resize(long size) throws IOException {
        super.resize(size);
        note(Kind.RESIZE, size, 0);
    }

    @Override
    public void flush() throws IOException {
        super.flush();
        note(Kind.FLUSH, 0, 0);
    }

    @Override
    public void zero(long position, long length) throws IOException {
        super.zero(position, length);
        note(Kind.ZERO, position, length);
    }

    @Override
    public void discard(long position, long length) throws IOException {
        super.discard(position, length);
        note(Kind.DISCARD, position, length);
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        super.preallocate(position, length);
        note(Kind.PREALLOCATE, position, length);
    }
}
