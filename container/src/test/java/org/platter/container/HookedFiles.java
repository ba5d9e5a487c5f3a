// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.platter.storage.AsyncStorage;
import org.platter.storage.Storage;
import org.platter.testkit.ForwardingStorage;

/** Files in memory whose accesses can be held or made to fail, by name and kind. */
final class HookedFiles {
    /** A kind of access. */
    enum Access {
        READ,
        WRITE,
        FLUSH
    }

    /** Runs before an access; may wait, or throw. */
    interface Hook {
        void before(String file, Access access) throws IOException;
    }

    private final CopyOnWriteArrayList<Hook> hooks = new CopyOnWriteArrayList<>();
    private final boolean async;
    private final MemoryProvider files = new MemoryProvider(this::hooked);

    HookedFiles() {
        this(false);
    }

    /** With storages that are asynchronous by nature, or not. */
    HookedFiles(boolean async) {
        this.async = async;
    }

    private Storage hooked(Storage storage) {
        return async ? new HookedAsync(storage) : new Hooked(storage);
    }

    MemoryProvider files() {
        return files;
    }

    /** From now on until all hooks are taken away. */
    void hook(Hook hook) {
        hooks.add(hook);
    }

    void unhook() {
        hooks.clear();
    }

    /** Holds the next access of that kind to a file whose name ends like that, until it is let go. */
    Hold hold(String end, Access kind) {
        Hold hold = new Hold(end, kind);
        hook(hold);
        return hold;
    }

    private void pass(Storage storage, Access access) throws IOException {
        String name = storage.location().getPath();
        for (Hook hook : hooks) {
            hook.before(name, access);
        }
    }

    /** An access that is held. */
    static final class Hold implements Hook, AutoCloseable {
        private final String end;
        private final Access kind;
        private final CompletableFuture<Void> reached = new CompletableFuture<>();
        private final CompletableFuture<Void> letGo = new CompletableFuture<>();

        private Hold(String end, Access kind) {
            this.end = end;
            this.kind = kind;
        }

        @Override
        public void before(String file, Access access) {
            if (access == kind && file.endsWith(end) && !letGo.isDone()) {
                reached.complete(null);
                letGo.join();
            }
        }

        /** Returns when something is held. */
        void await() throws Exception {
            reached.get(1, TimeUnit.MINUTES);
        }

        boolean reached() {
            return reached.isDone();
        }

        @Override
        public void close() {
            letGo.complete(null);
        }
    }

    private class Hooked extends ForwardingStorage {
        Hooked(Storage below) {
            super(below);
        }

        @Override
        public void read(ByteBuffer dst, long position) throws IOException {
            pass(this, Access.READ);
            super.read(dst, position);
        }

        @Override
        public void write(ByteBuffer src, long position) throws IOException {
            pass(this, Access.WRITE);
            super.write(src, position);
        }

        @Override
        public void zero(long position, long length) throws IOException {
            pass(this, Access.WRITE);
            super.zero(position, length);
        }

        @Override
        public void transferTo(long position, long length, Storage target, long targetPosition) throws IOException {
            pass(this, Access.READ);
            super.transferTo(position, length, target, targetPosition);
        }

        @Override
        public void flush() throws IOException {
            pass(this, Access.FLUSH);
            super.flush();
        }
    }

    private final class HookedAsync extends Hooked implements AsyncStorage {
        HookedAsync(Storage below) {
            super(below);
        }

        private interface Blocking {
            void run() throws IOException;
        }

        private static CompletableFuture<Void> start(Blocking work) {
            return CompletableFuture.runAsync(() -> {
                try {
                    work.run();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
        }

        @Override
        public CompletableFuture<Void> readAsync(ByteBuffer dst, long position) {
            return start(() -> read(dst, position));
        }

        @Override
        public CompletableFuture<Void> writeAsync(ByteBuffer src, long position) {
            return start(() -> write(src, position));
        }

        @Override
        public CompletableFuture<Void> flushAsync() {
            return start(this::flush);
        }
    }
}
