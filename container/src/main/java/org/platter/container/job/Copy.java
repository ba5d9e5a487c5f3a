// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.platter.container.chain.Chain;
import org.platter.container.data.Buffers;
import org.platter.container.data.BulkWriter;
import org.platter.container.data.Zeroes;
import org.platter.container.image.ChainLayer;
import org.platter.container.structure.ChainEditor;
import org.platter.container.structure.Publication;
import org.platter.disk.CreateRequest;
import org.platter.disk.VirtualDisk.Disposal;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.format.Run;

/**
 * Copies what a chain reads as into another. The source is never changed; reads and writes are never done under locks of
 * both. A new base image gets only what is not zero. Source: docs/semantics.md, section 9.
 *
 * <p>Rule of waiting: a thread is inside one disk at a time. One that were inside the target and waited for the
 * source could keep a swap of the target waiting for one of the source.
 *
 * <p>Rule of crash order: the new image is a draft until all data and its attributes are durable; only then does it get its
 * name, and an image that was there gives way in that same step. What fails before leaves nothing; what fails
 * afterwards leaves the complete image.
 */
final class Copy {
    private final Jobs jobs;
    private final Chain source;
    private final ChainLayer layer;
    private final Chain target;

    Copy(Jobs jobs, Chain source, ChainLayer layer, Chain target) {
        this.jobs = jobs;
        this.source = source;
        this.layer = layer;
        this.target = target;
    }

    /** Into an image that is made for it, and deleted if that fails. It gets its name when it is complete. */
    ChainLayer intoNew(CreateRequest request, long asked, boolean replaces, Steps steps) throws IOException {
        ImageInfo from = layer.info();
        long length = Math.min(asked, from.size());
        if (from.size() == 0) {
            throw new DiskException(ErrorCode.BAD_SIZE, layer.shown() + " has size 0; there is nothing to copy");
        }
        if (asked == Long.MAX_VALUE && request.size().isPresent()) {
            refuseCut(request.size().getAsLong(), from.size());
        }
        steps.total(length);
        boolean base = target.layers().isEmpty();
        Publication publication = Publication.of(target, request.location(), replaces, source.layers());
        CreateRequest complete = complete(request, from, asked);
        ChainLayer made = ChainEditor.create(target, complete.withLocation(publication.draft()));
        try {
            if (base && !made.info().is(ImageFlag.RAWDISK) && BulkWriter.suits(made.info())) {
                fill(made, length, steps);
            } else {
                overwrite(length, steps);
            }
            finish(made, from, steps);
            publication.publish(made);
            return made;
        } catch (IOException | RuntimeException | Error e) {
            if (!publication.published()) {
                undo(made, e);
            }
            throw e;
        }
    }

    /** Whoever wants less than there is says how much; data does not get lost by the size of an image. */
    private void refuseCut(long size, long end) throws IOException {
        ByteBuffer buffer = Buffers.acquire();
        try {
            for (long at = size; at < end; at += buffer.limit()) {
                long from = at;
                Run data = source.reading(inside -> inside.view(layer).nextData(from, end));
                if (data == null) {
                    return;
                }
                at = data.offset();
                read(buffer.clear().limit((int) Math.min(buffer.capacity(), data.length())), at);
                buffer.flip();
                if (!Zeroes.only(buffer, 0, buffer.limit())) {
                    throw new DiskException(
                            ErrorCode.BAD_SIZE,
                            "an image of " + size + " bytes would cut off data at " + at + " of " + layer.shown());
                }
            }
        } finally {
            Buffers.release(buffer);
        }
    }

    /** Nobody else has heard of the image that was made, so it is deleted here; a chain that went on is left alone. */
    private void undo(ChainLayer made, Throwable cause) {
        try {
            if (target.last() == made) {
                ChainEditor.closeLast(target, Disposal.DELETE);
            }
        } catch (DiskException e) {
            cause.addSuppressed(e);
        }
    }

    /**
     * The copy has the modification UUID of what it copies: children of the one fit the other. From here on the job cannot be
     * cancelled, because what follows is short and half of it would be worse than all.
     */
    private void finish(ChainLayer made, ImageInfo from, Steps steps) throws DiskException {
        steps.commit();
        target.writing(inside -> {
            boolean uuids = made.info().can(Capability.UUIDS)
                    && !made.info().is(ImageFlag.STREAM_OPTIMIZED)
                    && !from.modificationUuid().equals(ParentLink.NIL);
            if (uuids) {
                made.update(ImageAttributes.NONE.withModificationUuid(from.modificationUuid()));
            }
            made.flush();
            return null;
        });
    }

    /** What the caller left open is taken from the source, so that a copy is like what it copies. */
    private CreateRequest complete(CreateRequest request, ImageInfo from, long asked) {
        CreateRequest full = request;
        if (full.format().isEmpty() && source.formats().suggest(full.location()).isEmpty()) {
            full = full.withFormat(layer.format().name());
        }
        if (full.size().isEmpty()) {
            long size = asked == Long.MAX_VALUE ? from.size() : asked;
            full = full.withSize((size + 511) / 512 * 512);
        }
        if (full.comment().isEmpty() && !from.comment().isEmpty()) {
            full = full.withComment(from.comment());
        }
        return full.withGeometry(
                full.physical().or(() -> physical(from)), full.logical().or(from::logical));
    }

    /** A geometry that other formats cannot store is made anew from the size. */
    private static Optional<Geometry> physical(ImageInfo from) {
        return from.physical()
                .map(known -> known.heads() > Geometry.PHYSICAL_HEADS || known.sectors() > 63
                        ? Geometry.physical(from.size())
                        : known);
    }

    /** Into the last image as it is. */
    ChainLayer intoExisting(long asked, Steps steps) throws IOException {
        ChainLayer last = target.last();
        long length = Math.min(asked, Math.min(layer.size(), last.size()));
        if (length == 0) {
            throw new DiskException(ErrorCode.BAD_SIZE, "source or target has size 0; there is nothing to copy");
        }
        steps.total(length);
        overwrite(length, steps);
        steps.commit();
        target.writing(inside -> {
            inside.flush();
            return null;
        });
        return last;
    }

    /** Everything, zeroes included, through the ordinary write path. */
    private void overwrite(long length, Steps steps) throws IOException {
        ByteBuffer buffer = Buffers.acquire();
        try {
            for (long at = 0; at < length; at += buffer.limit()) {
                int count = (int) Math.min(buffer.capacity(), length - at);
                read(buffer.clear().limit(count), at);
                write(buffer.flip(), at);
                steps.advance(count);
            }
        } finally {
            Buffers.release(buffer);
        }
    }

    private void write(ByteBuffer buffer, long offset) throws IOException {
        int limit = buffer.limit();
        target.writing(inside -> {
            inside.writer().write(buffer, offset);
            return null;
        });
        buffer.limit(limit);
    }

    private void read(ByteBuffer buffer, long offset) throws IOException {
        source.reading(inside -> {
            inside.read(inside.view(layer), buffer, offset);
            return null;
        });
    }

    // --- a new base image ---

    /** From four threads: while one waits for the source another writes. One that fails wakes those that wait for its turn. */
    private void fill(ChainLayer made, long length, Steps steps) throws IOException {
        BulkWriter bulk = new BulkWriter(made, target.ranges());
        Plan plan = new Plan(bulk.window(), length, steps);
        jobs.inParallel(4, ignored -> fill(bulk, plan, steps), steps, bulk::breakOrder);
    }

    /** Reads inside the source, waits for its turn outside of both, and writes inside the target. */
    private Void fill(BulkWriter bulk, Plan plan, Steps steps) throws IOException {
        boolean pooled = bulk.window() == Buffers.SIZE;
        ByteBuffer buffer = pooled ? Buffers.acquire() : ByteBuffer.allocateDirect(bulk.window());
        try {
            for (Window window = plan.next(); window != null; window = plan.next()) {
                read(buffer.clear().limit(window.length()), window.offset());
                buffer.flip();
                Window here = window;
                bulk.awaitTurn(here.number());
                target.writing(inside -> {
                    bulk.put(buffer, here.offset(), here.number());
                    return null;
                });
                steps.advance(window.length());
            }
            return null;
        } finally {
            if (pooled) {
                Buffers.release(buffer);
            }
        }
    }

    private record Window(long offset, int length, long number) {}

    /** Gives out windows that hold data, in ascending order; skips what is known to be zero. */
    private final class Plan {
        private final int window;
        private final long length;
        private final Steps steps;
        private long at; // guarded by this
        private long dataEnd; // guarded by this: what lies between here and there holds data
        private long number; // guarded by this

        Plan(int window, long length, Steps steps) {
            this.window = window;
            this.length = length;
            this.steps = steps;
        }

        synchronized Window next() throws IOException {
            steps.check();
            long from = at;
            while (at < length && at >= dataEnd) {
                Run run = look(at, length - at);
                if (run instanceof Run.Data) {
                    dataEnd = run.end();
                } else {
                    at = run.end();
                }
            }
            if (at >= length) {
                steps.advance(length - from);
                return null;
            }
            at = at / window * window;
            if (from < at) {
                steps.advance(at - from);
            }
            Window next = new Window(at, (int) Math.min(window, length - at), number++);
            at += next.length();
            return next;
        }

        private Run look(long offset, long count) throws IOException {
            return source.reading(inside -> inside.view(layer).sparse(offset, count));
        }
    }
}
