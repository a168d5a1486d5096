/* SPDX-License-Identifier: Apache-2.0 */
#ifdef _WIN32

#include <windows.h>

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/file_os.h"

const char file_os_separator = '\\';

bool file_os_is_separator(char c)
{
    return c == '\\' || c == '/';
}

/* What the system takes for a path of this length or longer only in the form "\\?\C:\…": a folder needs room for a name
 * of 8 + 3 letters in it. */
enum { LONG_FROM = MAX_PATH - 12 };

/* UTF-8, or what the console's code page made of an argument. free() it. */
static wchar_t *widen(const char *path)
{
    UINT page = CP_UTF8;
    DWORD strict = MB_ERR_INVALID_CHARS;
    int size = MultiByteToWideChar(page, strict, path, -1, NULL, 0);
    if (size == 0) {
        page = CP_ACP;
        strict = 0;
        size = MultiByteToWideChar(page, strict, path, -1, NULL, 0);
    }
    if (size == 0)
        return NULL;
    wchar_t *text = malloc((size_t)size * sizeof(wchar_t));
    if (text != NULL && MultiByteToWideChar(page, strict, path, -1, text, size) == 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* `path` in full after a prefix that lifts the limit. */
static wchar_t *lengthen(const wchar_t *path, DWORD size)
{
    static const wchar_t drive[] = L"\\\\?\\", share[] = L"\\\\?\\UNC";
    wchar_t *full = malloc((size + 1) * sizeof(wchar_t));
    wchar_t *text = malloc((size + 1) * sizeof(wchar_t) + sizeof(share));
    if (full != NULL && text != NULL && GetFullPathNameW(path, size + 1, full, NULL) != 0) {
        /* "\\server\share" keeps one of its two. */
        const bool is_share = full[0] == L'\\';
        wcscpy(text, is_share ? share : drive);
        wcscat(text, is_share ? full + 1 : full);
    } else {
        free(text);
        text = NULL;
    }
    free(full);
    return text;
}

/* For the calls of the system. free() it. */
static wchar_t *wide(const char *path)
{
    wchar_t *text = widen(path);
    if (text == NULL || wcsncmp(text, L"\\\\?\\", 4) == 0 || wcsncmp(text, L"\\\\.\\", 4) == 0)
        return text;
    const DWORD size = GetFullPathNameW(text, 0, NULL, NULL);
    if (size < LONG_FROM)
        return text;
    wchar_t *longer = lengthen(text, size);
    free(text);
    return longer;
}

static int errno_of(DWORD error)
{
    switch (error) {
    case ERROR_SUCCESS:
        return 0;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_INVALID_NAME:
        return ENOENT;
    case ERROR_ALREADY_EXISTS:
    case ERROR_FILE_EXISTS:
        return EEXIST;
    case ERROR_ACCESS_DENIED:
        return EACCES;
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
        return EBUSY;
    case ERROR_WRITE_PROTECT:
        return EROFS;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
        return ENOSPC;
    case ERROR_DIR_NOT_EMPTY:
        return ENOTEMPTY;
    case ERROR_DIRECTORY:
        return ENOTDIR;
    case ERROR_NOT_ENOUGH_MEMORY:
        return ENOMEM;
    default:
        return EIO;
    }
}

/*
 * A file of the user's profile is private by its folder's access list; there are no mode bits to set. Others may
 * read, rename and remove it meanwhile, as elsewhere. A link is opened itself, where one is asked for by `flags`.
 */
static int open_wide(const char *path, DWORD access, DWORD how, DWORD flags, int *fd)
{
    wchar_t *name = wide(path);
    if (name == NULL)
        return ENOENT;
    const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const HANDLE handle = CreateFileW(name, access, share, NULL, how, FILE_ATTRIBUTE_NORMAL | flags, NULL);
    const int error = handle == INVALID_HANDLE_VALUE ? errno_of(GetLastError()) : 0;
    free(name);
    if (error != 0)
        return error;
    *fd = _open_osfhandle((intptr_t)handle, _O_BINARY);
    if (*fd >= 0)
        return 0;
    CloseHandle(handle);
    return EMFILE;
}

int file_os_create(const char *path, int *fd)
{
    return open_wide(path, GENERIC_READ | GENERIC_WRITE, CREATE_NEW, FILE_FLAG_OPEN_REPARSE_POINT, fd);
}

int file_os_open(const char *path, int *fd)
{
    if (file_os_is_folder(path))
        return EISDIR;
    int error = open_wide(path, GENERIC_READ, OPEN_EXISTING, 0, fd);
    if (error == 0 && GetFileType((HANDLE)_get_osfhandle(*fd)) != FILE_TYPE_DISK) {
        _close(*fd);
        *fd = -1;
        error = FILE_OS_NOT_PLAIN;
    }
    return error;
}

/* What is open here cannot be replaced: it was opened without the right to share that. */
file_os_identity file_os_identify(int fd)
{
    (void)fd;
    return (file_os_identity){0};
}

bool file_os_identify_path(const char *path, file_os_identity *identity)
{
    *identity = (file_os_identity){0};
    return file_os_kind(path) != FILE_KIND_MISSING;
}

int file_os_open_change(const char *path, int *fd)
{
    if (file_os_kind(path) != FILE_KIND_REGULAR)
        return file_os_kind(path) == FILE_KIND_MISSING ? ENOENT : FILE_OS_NOT_PLAIN;
    BY_HANDLE_FILE_INFORMATION about;
    const int error = open_wide(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, fd);
    if (error != 0 || !GetFileInformationByHandle((HANDLE)_get_osfhandle(*fd), &about) || about.nNumberOfLinks <= 1)
        return error;
    _close(*fd);
    *fd = -1;
    return FILE_OS_LINKED;
}

int file_os_write_at(int fd, uint64_t offset, const void *bytes, size_t size, size_t *put)
{
    *put = 0;
    if (offset > INT64_MAX || _lseeki64(fd, (__int64)offset, SEEK_SET) < 0)
        return EINVAL;
    return file_os_write(fd, bytes, size, put);
}

int file_os_write(int fd, const void *bytes, size_t size, size_t *put)
{
    const unsigned piece = size > 0x10000000u ? 0x10000000u : (unsigned)size;
    const int n = _write(fd, bytes, piece);
    *put = n < 0 ? 0 : (size_t)n;
    return n < 0 ? errno : 0;
}

int file_os_read_at(int fd, uint64_t offset, void *bytes, size_t size, size_t *got)
{
    const unsigned piece = size > 0x10000000u ? 0x10000000u : (unsigned)size;
    *got = 0;
    if (offset > INT64_MAX || _lseeki64(fd, (__int64)offset, SEEK_SET) < 0)
        return EINVAL;
    const int n = _read(fd, bytes, piece);
    if (n < 0)
        return errno;
    *got = (size_t)n;
    return 0;
}

int file_os_size(int fd, uint64_t *size)
{
    const __int64 length = _filelengthi64(fd);
    if (length < 0)
        return errno;
    *size = (uint64_t)length;
    return 0;
}

int file_os_share(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t size, uint64_t *shared)
{
    (void)from;
    (void)from_offset;
    (void)to;
    (void)to_offset;
    (void)size;
    *shared = 0;
    return ENOTSUP;
}

int file_os_sync(int fd)
{
    return FlushFileBuffers((HANDLE)_get_osfhandle(fd)) ? 0 : errno_of(GetLastError());
}

int file_os_close(int fd)
{
    return _close(fd) == 0 ? 0 : errno;
}

/* Virus scanners and indexers have what was just written open for a moment. */
static int rename_wide(const wchar_t *from, const wchar_t *to, DWORD flags)
{
    enum { TRIES = 20, PAUSE = 50 /* milliseconds */ };
    for (unsigned tries = 1; !MoveFileExW(from, to, flags); tries++) {
        const DWORD error = GetLastError();
        if (tries == TRIES || (error != ERROR_ACCESS_DENIED && error != ERROR_SHARING_VIOLATION))
            return errno_of(error);
        Sleep(PAUSE);
    }
    return 0;
}

int file_os_rename(const char *from, const char *to, bool replace)
{
    wchar_t *old_name = wide(from);
    wchar_t *new_name = wide(to);
    const DWORD flags = MOVEFILE_WRITE_THROUGH | (replace ? MOVEFILE_REPLACE_EXISTING : 0);
    const int error = old_name == NULL || new_name == NULL ? ENOENT : rename_wide(old_name, new_name, flags);
    free(old_name);
    free(new_name);
    return error;
}

int file_os_remove(const char *path)
{
    wchar_t *name = wide(path);
    const int error = name == NULL ? ENOENT : DeleteFileW(name) ? 0 : errno_of(GetLastError());
    free(name);
    return error;
}

int file_os_make_folder(const char *path)
{
    wchar_t *name = wide(path);
    const int error = name == NULL ? ENOENT : CreateDirectoryW(name, NULL) ? 0 : errno_of(GetLastError());
    free(name);
    return error;
}

int file_os_remove_folder(const char *path)
{
    wchar_t *name = wide(path);
    const int error = name == NULL ? ENOENT : RemoveDirectoryW(name) ? 0 : errno_of(GetLastError());
    free(name);
    return error;
}

/* NTFS journals its folders, and MOVEFILE_WRITE_THROUGH has waited for the rename. */
int file_os_sync_folder(const char *path)
{
    (void)path;
    return 0;
}

/* A file beside the folder, which the system removes with its handle: one inside would be in the way of a rename. */
int file_os_lock_folder(const char *path, file_os_lock *lock)
{
    *lock = (file_os_lock){.fd = -1};
    static const char suffix[] = ".lock";
    const size_t capacity = strlen(path) + sizeof(suffix);
    char *beside = malloc(capacity);
    if (beside == NULL)
        return ENOMEM;
    memcpy(beside, path, strlen(path));
    memcpy(beside + strlen(path), suffix, sizeof(suffix));
    wchar_t *name = wide(beside);
    free(beside);
    if (name == NULL)
        return ENOENT;
    const HANDLE handle = CreateFileW(name, GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    const int error = handle == INVALID_HANDLE_VALUE ? errno_of(GetLastError()) : 0;
    free(name);
    if (error != 0)
        return error;
    lock->fd = _open_osfhandle((intptr_t)handle, 0);
    if (lock->fd >= 0)
        return 0;
    CloseHandle(handle);
    return EMFILE;
}

void file_os_unlock_folder(file_os_lock *lock)
{
    file_os_close(lock->fd);
}

static DWORD attributes_of(const char *path)
{
    wchar_t *name = wide(path);
    const DWORD attributes = name == NULL ? INVALID_FILE_ATTRIBUTES : GetFileAttributesW(name);
    free(name);
    return attributes;
}

file_kind file_os_kind(const char *path)
{
    const DWORD attributes = attributes_of(path);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return FILE_KIND_MISSING;
    if (attributes & (FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DEVICE))
        return FILE_KIND_OTHER;
    return attributes & FILE_ATTRIBUTE_DIRECTORY ? FILE_KIND_FOLDER : FILE_KIND_REGULAR;
}

bool file_os_is_folder(const char *path)
{
    const DWORD attributes = attributes_of(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

bool file_folder_is_writable(const char *path)
{
    /* The attribute means nothing for folders, and rights are only known when something is made. */
    return file_is_folder(path);
}

uint64_t file_os_free_space(const char *folder)
{
    wchar_t *name = wide(folder);
    ULARGE_INTEGER free_bytes;
    const bool known = name != NULL && GetDiskFreeSpaceExW(name, &free_bytes, NULL, NULL);
    free(name);
    return known ? free_bytes.QuadPart : UINT64_MAX;
}

struct file_os_folder {
    HANDLE handle;
    bool fresh; /* `found` holds a name that was not given out yet */
    WIN32_FIND_DATAW found;
    char name[4 * MAX_PATH];
};

int file_os_open_folder(const char *path, file_os_folder **out)
{
    int error = ENOMEM;
    char *pattern = NULL;
    wchar_t *name = NULL;
    *out = calloc(1, sizeof(**out));
    if (*out == NULL)
        return ENOMEM;
    pattern = file_join(path, "*");
    name = pattern == NULL ? NULL : wide(pattern);
    if (name == NULL)
        goto out;
    (*out)->handle = FindFirstFileW(name, &(*out)->found);
    (*out)->fresh = true;
    error = (*out)->handle == INVALID_HANDLE_VALUE ? errno_of(GetLastError()) : 0;
out:
    free(name);
    free(pattern);
    if (error != 0) {
        free(*out);
        *out = NULL;
    }
    return error;
}

const char *file_os_next_name(file_os_folder *folder, int *error)
{
    *error = 0;
    if (!folder->fresh && !FindNextFileW(folder->handle, &folder->found)) {
        const DWORD why = GetLastError();
        *error = why == ERROR_NO_MORE_FILES ? 0 : errno_of(why);
        return NULL;
    }
    folder->fresh = false;
    if (WideCharToMultiByte(CP_UTF8, 0, folder->found.cFileName, -1, folder->name, sizeof(folder->name), NULL, NULL) ==
        0)
        strcpy(folder->name, "?");
    return folder->name;
}

void file_os_close_folder(file_os_folder *folder)
{
    FindClose(folder->handle);
    free(folder);
}

unsigned long file_os_process(void)
{
    return GetCurrentProcessId();
}

FILE *file_stream(const char *path, const char *mode)
{
    wchar_t *name = wide(path);
    wchar_t letters[8] = L"";
    FILE *stream = NULL;
    /* "x" is not known to every C library of Windows. */
    const bool fresh = strchr(mode, 'x') != NULL;
    for (size_t i = 0, used = 0; mode[i] != '\0' && used + 1 < sizeof(letters) / sizeof(letters[0]); i++) {
        if (mode[i] != 'x')
            letters[used++] = (wchar_t)mode[i];
    }
    if (name != NULL && (!fresh || GetFileAttributesW(name) == INVALID_FILE_ATTRIBUTES))
        stream = _wfopen(name, letters);
    free(name);
    return stream;
}

int file_stream_sync(FILE *stream)
{
    return fflush(stream) == 0 ? file_os_sync(_fileno(stream)) : errno;
}

#else
typedef int file_win32_is_empty; /* a translation unit must not be empty */
#endif
