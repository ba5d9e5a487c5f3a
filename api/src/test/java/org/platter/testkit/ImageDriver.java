// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.Image;
import org.platter.format.ImageFlag;
import org.platter.format.Run;
import org.platter.storage.Storage;

/**
 * A container of one image, without threads: reads and writes by {@code map}, {@code allocate} and {@code remap} as
 * their Javadoc demands, and fails with an {@link AssertionError} where an answer breaks it. What the image calls free
 * comes from the parent's bytes, behind their end zeroes.
 */
public final class ImageDriver implements Closeable {
    private final Image image;
    private final byte[] parent;
    private final StorageAudit audit = new StorageAudit();

    /** Drives a base image. */
    public ImageDriver(Image image) {
        this(image, new byte[0]);
    }

    /** Drives an image over a parent that reads as these bytes. */
    public ImageDriver(Image image, byte[] parent) {
        this.image = image;
        this.parent = parent.clone();
    }

    /** The image. */
    public Image image() {
        return image;
    }

    /** Bytes of the disk. */
    public long size() {
        return image.info().size();
    }

    /** What the image answers at {@code offset}, checked. */
    public Run map(long offset, long length) throws IOException {
        Run run = image.map(offset, length);
        if (run.offset() != offset || run.length() > length) {
            throw new AssertionError("map(" + offset + ", " + length + ") answers " + run);
        }
        return run;
    }

    /** Bytes of the disk as it reads. */
    public byte[] read(long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            Run run = map(offset + done, length - done);
            ByteBuffer part = ByteBuffer.wrap(bytes, done, (int) run.length());
            fetch(run, part);
            done += (int) run.length();
        }
        return bytes;
    }

    /** The whole disk as it reads. */
    public byte[] readAll() throws IOException {
        return read(0, Math.toIntExact(size()));
    }

    private void fetch(Run run, ByteBuffer part) throws IOException {
        if (run instanceof Run.Data data) {
            fetch(data, part);
        } else if (run instanceof Run.Free && run.offset() < parent.length) {
            part.put(parent, (int) run.offset(), (int) Math.min(run.length(), parent.length - run.offset()));
        }
    }

    private static void fetch(Run.Data data, ByteBuffer part) throws IOException {
        try {
            data.storage().read(part, data.position());
        } catch (EOFException e) {
            throw new DiskException(ErrorCode.IO, "the storage ends before " + data, e);
        }
    }

    /** Stores bytes: in place where the image has data that can be changed, else in newly allocated storage. */
    public void write(long offset, byte[] bytes) throws IOException {
        for (int done = 0; done < bytes.length; ) {
            Run run = map(offset + done, bytes.length - done);
            if (run instanceof Run.Data data && !data.storage().readOnly()) {
                data.storage().write(ByteBuffer.wrap(bytes, done, (int) run.length()), data.position());
                done += (int) run.length();
            } else {
                Run.Data made = allocate(offset + done, run.length());
                int count = (int) Math.min(bytes.length - done, made.end() - offset - done);
                fill(made, offset + done, ByteBuffer.wrap(bytes, done, count));
                remap(made);
                done += count;
            }
        }
    }

    /** Writes all of a newly allocated run: the bytes at {@code offset}, around them what the disk reads as now. */
    private void fill(Run.Data made, long offset, ByteBuffer bytes) throws IOException {
        ByteBuffer whole = ByteBuffer.wrap(read(made.offset(), Math.toIntExact(made.length())));
        whole.position((int) (offset - made.offset()));
        whole.put(bytes).rewind();
        made.storage().write(whole, made.position());
    }

    /**
     * {@link Image#allocate}, checked: covers the offset, lies on block borders or, in blocks of which parts are noted,
     * on borders of sectors, overlaps nothing in use.
     */
    public Run.Data allocate(long offset, long length) throws IOException {
        Run.Data made = image.allocate(offset, length);
        long block = Math.max(1, image.info().blockSize());
        if (made.offset() > offset
                || made.end() <= offset
                || (made.offset() % block != 0 && made.offset() != sector(offset))
                || (made.end() % block != 0 && made.end() != size() && made.end() != sector(offset + length + 511))
                || made.end() > size()
                || made.offset() < offset / block * block) {
            throw new AssertionError(
                    "allocate(" + offset + ", " + length + ") of blocks of " + block + " gives " + made);
        }
        audit.reserve(made, image);
        return made;
    }

    private static long sector(long offset) {
        return offset / 512 * 512;
    }

    /** {@link Image#remap}, for the audit of storage. */
    public void remap(Run run) throws IOException {
        List<Run.Data> before = audit.replaced(run, image);
        image.remap(run);
        audit.release(before);
    }

    /** Makes whole blocks free, so that the parent shows; gives false where the image cannot. */
    public boolean free(long offset, long length) throws IOException {
        return change(new Run.Free(offset, length));
    }

    /** Makes whole blocks zero without storing zeroes; gives false where the image cannot. */
    public boolean zero(long offset, long length) throws IOException {
        return change(new Run.Zero(offset, length));
    }

    private boolean change(Run run) throws IOException {
        if (!image.info().can(Capability.DISCARD)) {
            return false;
        }
        try {
            remap(run);
            return true;
        } catch (DiskException e) {
            if (e.code() == ErrorCode.NOT_SUPPORTED) {
                return false;
            }
            throw e;
        }
    }

    /** {@link Image#flush}. */
    public void flush() throws IOException {
        image.flush();
        audit.flushed();
    }

    /** True if the disk reads as these bytes. */
    public boolean readsAs(byte[] expected) throws IOException {
        return Arrays.equals(expected, readAll());
    }

    /** True if every byte of the disk is mapped to data. */
    public boolean allData() throws IOException {
        for (long at = 0; at < size(); ) {
            Run run = map(at, size() - at);
            if (!(run instanceof Run.Data)) {
                return false;
            }
            at = run.end();
        }
        return true;
    }

    /** True if the image stands on a parent. */
    public boolean differencing() {
        return image.info().is(ImageFlag.DIFF);
    }

    /** The first storage that a data run of the image names. */
    public Storage dataStorage() throws IOException {
        for (long at = 0; at < size(); ) {
            Run run = map(at, size() - at);
            if (run instanceof Run.Data data) {
                return data.storage();
            }
            at = run.end();
        }
        throw new AssertionError("the image has no data");
    }

    /** Closes the image without flushing. */
    @Override
    public void close() throws IOException {
        image.close();
    }
}
