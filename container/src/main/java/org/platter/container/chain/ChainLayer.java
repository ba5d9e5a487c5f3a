// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.platter.config.Config;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.CheckReport;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.Progress;
import org.platter.format.RepairMode;
import org.platter.format.Run;

/**
 * An image in its place: keeps what is needed to open it anew, hands calls on to it one at a time where the SPI demands
 * that, and turns its failures into those of the API. The image comes and goes only while the chain's gate is closed.
 */
public final class ChainLayer {
    private final Formats formats;
    private final Map<String, String> config;
    private final ReentrantLock changes = new ReentrantLock();
    private final ReentrantReadWriteLock reservations = new ReentrantReadWriteLock(); // taken before changes

    private volatile LayerStorages storages;
    private volatile Format format;
    private volatile Image image; // null while suspended or closed
    private volatile ImageInfo lastInfo;
    private volatile Set<OpenFlag> flags; // in force
    private volatile Set<OpenFlag> wanted; // what the caller asked for
    private volatile String reason = "";
    private volatile boolean zeroMarks;

    ChainLayer(
            Formats formats, Format format, LayerStorages storages, Map<String, String> config, Set<OpenFlag> flags) {
        this.formats = formats;
        this.format = format;
        this.storages = storages;
        this.config = Map.copyOf(config);
        this.flags = Set.copyOf(flags);
        this.wanted = Set.copyOf(flags);
    }

    /** Where it is, with all that the caller gave. */
    URI place() {
        return storages.location();
    }

    /** Where it is, for people. */
    public String shown() {
        return Locations.show(storages.location());
    }

    LayerStorages storages() {
        return storages;
    }

    public Format format() {
        return format;
    }

    Image image() {
        return image;
    }

    /** The flags in force. */
    public Set<OpenFlag> flags() {
        return flags;
    }

    /** What the caller asked for. */
    Set<OpenFlag> wanted() {
        return wanted;
    }

    void want(Set<OpenFlag> asked) {
        wanted = Set.copyOf(asked);
    }

    public boolean has(OpenFlag flag) {
        return flags.contains(flag);
    }

    public boolean readOnly() {
        return has(OpenFlag.READ_ONLY);
    }

    /** Why it does not serve; empty if it does. */
    public String reason() {
        return reason;
    }

    void suspend(String why) {
        reason = why;
    }

    /** Lets go of the backend, so that its class loader can go. */
    void forget() {
        format = format.departed();
    }

    public ImageInfo info() {
        Image current = image;
        return current == null ? lastInfo : current.info();
    }

    public long size() {
        return info().size();
    }

    /** True while zero marks are worth a try. */
    boolean zeroMarks() {
        return zeroMarks;
    }

    /** Opens the image of existing storages with the present format and flags. */
    void attach() throws DiskException {
        attach(context -> format.backend().open(context));
    }

    /** What a provider gets to open the image on the same storages. */
    LayerContext context(Format provider, boolean writable) throws DiskException {
        return context(provider, storages, writable);
    }

    LayerContext context(Format provider, LayerStorages files, boolean writable) throws DiskException {
        Map<String, String> values = new HashMap<>(provider.backend().configOf(storages.location()));
        values.putAll(config);
        Config checked = provider.backend().schema().validate(values);
        return new LayerContext(files, checked, writable, has(OpenFlag.INFO), formats.connector());
    }

    /** What makes an image of a context. */
    interface Opening {
        Image open(LayerContext context) throws IOException;
    }

    void attach(Opening opening) throws DiskException {
        LayerContext context = context(format, !readOnly());
        calling(() -> {
            image = opening.open(context);
            lastInfo = image.info();
            return null;
        });
        zeroMarks = lastInfo.can(Capability.DISCARD);
        reason = "";
        flags = implied(flags);
    }

    private Set<OpenFlag> implied(Set<OpenFlag> asked) {
        return lastInfo.is(ImageFlag.FIXED) ? Set.copyOf(Chain.with(asked, OpenFlag.HONOR_SAME)) : Set.copyOf(asked);
    }

    /** A writable image that is the last one now serves as its caller asked for the former last one. */
    void succeed(Set<OpenFlag> asked) {
        wanted = Set.copyOf(asked);
        if (!readOnly() && !asked.contains(OpenFlag.READ_ONLY)) {
            flags = implied(asked);
        }
    }

    /** Flushes if it can be written, and lets the image go, whatever fails; the storages stay. */
    void detach() throws DiskException {
        try {
            flushIfWritable();
        } finally {
            abandon();
        }
    }

    private void flushIfWritable() throws DiskException {
        if (image != null && !readOnly()) {
            flush();
        }
    }

    /** Lets the image go as it is stored. */
    void abandon() throws DiskException {
        Image leaving = image;
        if (leaving != null) {
            lastInfo = leaving.info();
            image = null;
            calling(() -> {
                leaving.close();
                return null;
            });
        }
    }

    /** Flushes, and lets the image go for a while; if that fails it stays. */
    void rest() throws DiskException {
        flushIfWritable();
        try {
            abandon();
        } catch (DiskException e) {
            attach();
            throw e;
        }
    }

    /** Another provider takes over: it must show the same disk. */
    void attach(Format successor) throws DiskException {
        attach(successor, context -> successor.backend().open(context));
    }

    void attach(Format successor, Opening opening) throws DiskException {
        Format before = format;
        ImageInfo known = lastInfo;
        format = successor;
        try {
            attach(opening);
            ImageInfo now = image.info();
            if (now.size() != known.size()
                    || !now.uuid().equals(known.uuid())
                    || !now.modificationUuid().equals(known.modificationUuid())) {
                detach();
                throw new DiskException(
                        ErrorCode.UUID_MISMATCH,
                        shown() + ": " + successor.bundle() + " " + successor.version() + " shows size " + now.size()
                                + " and UUID " + now.uuid() + ", before it was " + known.size() + " and "
                                + known.uuid());
            }
        } catch (DiskException | RuntimeException e) {
            format = before;
            lastInfo = known;
            throw e;
        }
    }

    /** Opens the image anew with other flags; on failure with the old ones, and if that fails too it stays detached. */
    void reopen(Set<OpenFlag> newFlags) throws DiskException {
        rest();
        attach(newFlags);
    }

    /** Does the same, without what has not been flushed if that cannot be. */
    void retreat(Set<OpenFlag> newFlags) throws DiskException {
        try {
            rest();
        } catch (DiskException e) {
            abandon();
        }
        attach(newFlags);
    }

    private void attach(Set<OpenFlag> newFlags) throws DiskException {
        Set<OpenFlag> oldFlags = flags;
        try {
            flags = Set.copyOf(newFlags);
            if (!readOnly() && !storages.writable()) {
                storages = LayerOpening.storages(formats, format, place(), storages.external(), newFlags);
            }
            attach();
        } catch (DiskException e) {
            flags = oldFlags;
            attach();
            throw e;
        }
    }

    /** The image is elsewhere now; it must be detached. */
    void relocate(LayerStorages elsewhere) {
        storages = elsewhere;
    }

    void close() throws DiskException {
        try {
            detach();
        } finally {
            closeStorages();
        }
    }

    void closeStorages() throws DiskException {
        try {
            storages.close();
        } catch (IOException e) {
            throw Failures.at(shown(), e);
        }
    }

    Run map(long offset, long length) throws DiskException {
        try {
            return image.map(offset, length);
        } catch (IOException e) {
            throw Failures.at(shown(), e);
        } catch (RuntimeException e) {
            throw Failures.bug(format, e).at(shown());
        }
    }

    /** A call of the format. */
    public interface Change<T> {
        T run() throws IOException;
    }

    /** A call that the SPI wants one at a time. */
    <T> T changing(Change<T> change) throws DiskException {
        changes.lock();
        try {
            return calling(change);
        } finally {
            changes.unlock();
        }
    }

    /** A call of the format, whose failures become those of the API. */
    private <T> T calling(Change<T> call) throws DiskException {
        try {
            return call.run();
        } catch (IOException e) {
            throw Failures.at(shown(), e);
        } catch (RuntimeException e) {
            throw Failures.bug(format, e).at(shown());
        }
    }

    /** Reserves storage; called within {@link #growing}. */
    public Run.Data allocate(long offset, long length) throws DiskException {
        return changing(() -> image.allocate(offset, length));
    }

    public void remap(Run run) throws DiskException {
        changing(() -> {
            image.remap(run);
            return null;
        });
    }

    /** Marks whole blocks as zero; false if the image has no such marks. */
    boolean markZero(long offset, long length) throws DiskException {
        if (!zeroMarks) {
            return false;
        }
        try {
            remap(new Run.Zero(offset, length));
            return true;
        } catch (DiskException e) {
            if (e.code() != ErrorCode.NOT_SUPPORTED) {
                throw e;
            }
            zeroMarks = false;
            return false;
        }
    }

    public void update(ImageAttributes attributes) throws DiskException {
        changing(() -> {
            image.update(attributes);
            return null;
        });
    }

    public void resize(long size) throws DiskException {
        changing(() -> {
            image.resize(size);
            return null;
        });
    }

    public CheckReport check(Progress progress) throws DiskException {
        return changing(() -> image.check(progress));
    }

    public CheckReport repair(RepairMode mode, Progress progress) throws DiskException {
        return changing(() -> image.repair(mode, progress));
    }

    /**
     * Runs what allocates, transfers and makes visible: no flush comes in between, which would give the reserved storage
     * back.
     */
    public <T> T growing(Change<T> work) throws IOException {
        reservations.readLock().lock();
        try {
            return work.run();
        } finally {
            reservations.readLock().unlock();
        }
    }

    public void flush() throws DiskException {
        still(() -> {
            image.flush();
            return null;
        });
    }

    /** Runs while nobody changes the map of the image; requests that need no change of it go on. */
    <T> T still(Change<T> work) throws DiskException {
        reservations.writeLock().lock();
        try {
            return changing(work);
        } finally {
            reservations.writeLock().unlock();
        }
    }

    public List<URI> files() {
        List<URI> files = storages.files();
        return files.isEmpty() ? List.of(place()) : files;
    }

    public long fileSize() throws IOException {
        return storages.provider() == null ? size() : storages.fileSize();
    }

    public long allocatedSize() throws IOException {
        return storages.provider() == null ? size() : storages.allocatedSize();
    }
}
