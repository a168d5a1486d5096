/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of an NVS in memory set and deleted. It is a copy, in which no power fails: what is replaced goes first, so that
   no more room is needed than in the end. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "image/crc32.h"
#include "image/nvs/nvs_edit_parts.h"

enum {
    LONGEST = (ESPBAK_NVS_PAGE_ENTRIES - 1) * NVS_ENTRY_SIZE, /* behind the first entry of a page */
    LONGEST_BLOB_1 = 1984,                                    /* that version 1 takes */
    SHORTEST_PIECE = LONGEST / 10, /* of a blob that goes on: a page with less room is left as it is */
    PIECES_MAX = 127,
    SPACE_LAST = 254,
    ANY = 0xFF, /* number of a piece where there are none */
};

static bool is_number(uint8_t type)
{
    return (type & 0xE0) == 0;
}

/* Whether a device finds both under one key as the same thing. */
static bool same_kind(uint8_t a, uint8_t b)
{
    return strcmp(espbak_nvs_type_name(a), espbak_nvs_type_name(b)) == 0;
}

espbak_status espbak_nvs_edit_open(espbak_nvs_edit **out, uint8_t *bytes, size_t size, const espbak_nvs_key *key,
                                   espbak_error *err)
{
    espbak_error unheard = {0};
    espbak_status status = ESPBAK_OK;
    if (err == NULL)
        err = &unheard;
    *out = NULL;
    espbak_nvs_edit *edit = calloc(1, sizeof(*edit));
    if (edit == NULL)
        return espbak_fail(err, ESPBAK_E_INTERNAL, "out of memory");
    edit->bytes = bytes;
    edit->pages = size / ESPBAK_NVS_PAGE_SIZE;
    /* Firmware that knows version 1 only does not open pages of version 2. */
    edit->version = nvs_edit_is_old(edit) ? NVS_VERSION_1 : NVS_VERSION_2;
    if (key != NULL)
        status = xts_new(&edit->cipher, key->bytes, err);
    if (status == ESPBAK_OK)
        status = nvs_edit_mend(edit, err);
    if (status != ESPBAK_OK)
        espbak_nvs_edit_free(edit);
    else
        *out = edit;
    return status;
}

void espbak_nvs_edit_free(espbak_nvs_edit *edit)
{
    if (edit == NULL)
        return;
    xts_free(edit->cipher);
    free(edit);
}

static espbak_status check_name(const char *name, const char *what, espbak_error *err)
{
    const size_t length = strlen(name);
    if (length > 0 && length < ESPBAK_NVS_NAME_MAX)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_USAGE, "%s has %zu bytes, and 1 to %d are possible in NVS", what, length,
                       ESPBAK_NVS_NAME_MAX - 1);
}

static bool has_key(const uint8_t *head, uint8_t space, const char *key)
{
    return head[0] == space && strncmp((const char *)head + NVS_KEY_AT, key, ESPBAK_NVS_NAME_MAX) == 0;
}

/* 0: there is none of that name; then *unused is a number that nothing has, 0 where all are taken. */
static espbak_status find_space(espbak_nvs_edit *edit, const char *name, uint8_t *space, uint8_t *unused,
                                espbak_error *err)
{
    bool taken[NVS_SPACES] = {true}, found = true;
    nvs_edit_place place = {.entry = NVS_EDIT_NONE};
    *space = *unused = 0;
    while (nvs_edit_next(edit, &place, &found, err) == ESPBAK_OK && found) {
        taken[place.head[0]] = true;
        if (place.head[0] != 0 || place.head[1] != ESPBAK_NVS_U8)
            continue;
        taken[place.head[NVS_DATA_AT]] = true;
        if (has_key(place.head, 0, name))
            *space = place.head[NVS_DATA_AT];
    }
    for (unsigned i = SPACE_LAST; i > 0; i--)
        *unused = taken[i] ? *unused : (uint8_t)i;
    return err->status;
}

/* Give up all items of a key; *was is the type that they had, 0 where there were none. */
static espbak_status erase_key(espbak_nvs_edit *edit, uint8_t space, const char *key, uint8_t *was, espbak_error *err)
{
    nvs_edit_place place = {.entry = NVS_EDIT_NONE};
    bool found = true;
    *was = 0;
    while (nvs_edit_next(edit, &place, &found, err) == ESPBAK_OK && found) {
        if (!has_key(place.head, space, key))
            continue;
        *was = place.head[1];
        nvs_edit_erase(edit, &place);
    }
    return err->status;
}

static void make_head(uint8_t head[NVS_ENTRY_SIZE], uint8_t space, uint8_t type, uint8_t piece, const char *key)
{
    memset(head, 0xFF, NVS_ENTRY_SIZE);
    head[0] = space;
    head[1] = type;
    head[2] = 1;
    head[3] = piece;
    memset(head + NVS_KEY_AT, 0, ESPBAK_NVS_NAME_MAX);
    for (size_t i = 0; key[i] != '\0'; i++)
        head[NVS_KEY_AT + i] = (uint8_t)key[i];
}

/* In the page under way, or in the next one. */
static espbak_status put_item(espbak_nvs_edit *edit, uint8_t head[NVS_ENTRY_SIZE], const uint8_t *data, size_t size,
                              espbak_error *err)
{
    head[2] = (uint8_t)(1 + (size + NVS_ENTRY_SIZE - 1) / NVS_ENTRY_SIZE);
    if (nvs_edit_room(edit) < head[2] && nvs_edit_turn_page(edit, err) != ESPBAK_OK)
        return err->status;
    if (nvs_edit_room(edit) < head[2])
        return espbak_fail(err, ESPBAK_E_FILE, "there is no room left in this NVS");
    return nvs_edit_append(edit, head, data, size, err);
}

static espbak_status put_number(espbak_nvs_edit *edit, uint8_t head[NVS_ENTRY_SIZE], const uint8_t *value, size_t size,
                                espbak_error *err)
{
    memcpy(head + NVS_DATA_AT, value, size);
    return put_item(edit, head, NULL, 0, err);
}

/* A string, a piece of a blob, or one as version 1 has it. */
static espbak_status put_bytes(espbak_nvs_edit *edit, uint8_t head[NVS_ENTRY_SIZE], const uint8_t *value, size_t size,
                               espbak_error *err)
{
    bytes_put_le16(head + NVS_DATA_AT, (uint16_t)size);
    bytes_put_le32(head + NVS_DATA_AT + 4, crc32_esp(value, size));
    return put_item(edit, head, value, size, err);
}

/* What fits behind the first entry of an item. */
static size_t room_for_piece(const espbak_nvs_edit *edit)
{
    const size_t room = nvs_edit_room(edit);
    return room > 1 ? (room - 1) * NVS_ENTRY_SIZE : 0;
}

static espbak_status put_blob(espbak_nvs_edit *edit, uint8_t space, const char *key, const uint8_t *value, size_t size,
                              espbak_error *err)
{
    uint8_t head[NVS_ENTRY_SIZE], pieces = 0;
    size_t done = 0;
    do {
        size_t room = room_for_piece(edit);
        if (room == 0 || (pieces == 0 && room < size && room < SHORTEST_PIECE)) {
            if (nvs_edit_turn_page(edit, err) != ESPBAK_OK)
                return err->status;
            room = room_for_piece(edit);
        }
        const size_t part = room < size - done ? room : size - done;
        if ((part == 0 && size > 0) || pieces == PIECES_MAX)
            return espbak_fail(err, ESPBAK_E_FILE, "there is no room left in this NVS");
        make_head(head, space, ESPBAK_NVS_BLOB_DATA, pieces++, key);
        if (put_bytes(edit, head, value + done, part, err) != ESPBAK_OK)
            return err->status;
        done += part;
    } while (done < size);
    make_head(head, space, ESPBAK_NVS_BLOB_INDEX, ANY, key);
    bytes_put_le32(head + NVS_DATA_AT, (uint32_t)size);
    head[NVS_DATA_AT + 4] = pieces;
    head[NVS_DATA_AT + 5] = 0;
    return put_item(edit, head, NULL, 0, err);
}

/* Sizes that a type can have at all. */
static espbak_status check_value(const espbak_nvs_edit *edit, uint8_t type, const uint8_t *value, size_t size,
                                 espbak_error *err)
{
    const size_t most = edit->version == NVS_VERSION_1 ? LONGEST_BLOB_1 : (size_t)PIECES_MAX * LONGEST;
    if (strcmp(espbak_nvs_type_name(type), "unknown") == 0 || type == ESPBAK_NVS_BLOB_DATA)
        return espbak_fail(err, ESPBAK_E_USAGE, "0x%02X is no type of a key in NVS", type);
    if (is_number(type) && size != (type & 15u))
        return espbak_fail(err, ESPBAK_E_USAGE, "%s has %u bytes, not %zu", espbak_nvs_type_name(type), type & 15u,
                           size);
    if (type == ESPBAK_NVS_STRING && (size == 0 || size > LONGEST || memchr(value, '\0', size) != value + size - 1))
        return espbak_fail(err, ESPBAK_E_USAGE, "a string in NVS has at most %d bytes, and no zero among them",
                           LONGEST - 1);
    if (!is_number(type) && type != ESPBAK_NVS_STRING && size > most)
        return espbak_fail(err, ESPBAK_E_USAGE, "a blob in this NVS has at most %zu bytes, not %zu", most, size);
    return ESPBAK_OK;
}

static espbak_status put_value(espbak_nvs_edit *edit, uint8_t space, const char *key, uint8_t type,
                               const uint8_t *value, size_t size, espbak_error *err)
{
    uint8_t head[NVS_ENTRY_SIZE];
    const bool blob = !is_number(type) && type != ESPBAK_NVS_STRING;
    if (blob && edit->version == NVS_VERSION_2)
        return put_blob(edit, space, key, value, size, err);
    make_head(head, space, blob ? ESPBAK_NVS_BLOB : type, ANY, key);
    return is_number(type) ? put_number(edit, head, value, size, err) : put_bytes(edit, head, value, size, err);
}

static espbak_status make_space(espbak_nvs_edit *edit, const char *name, uint8_t number, espbak_error *err)
{
    uint8_t head[NVS_ENTRY_SIZE];
    if (number == 0)
        return espbak_fail(err, ESPBAK_E_FILE, "this NVS has %d namespaces, and more are not possible", SPACE_LAST);
    make_head(head, 0, ESPBAK_NVS_U8, ANY, name);
    return put_number(edit, head, &number, 1, err);
}

/* A device that asks for one type does not find what has another one. */
static espbak_status refuse_other_type(espbak_nvs_edit *edit, uint8_t space, const char *key, uint8_t type,
                                       espbak_error *err)
{
    nvs_edit_place place = {.entry = NVS_EDIT_NONE};
    bool found = true;
    while (nvs_edit_next(edit, &place, &found, err) == ESPBAK_OK && found) {
        if (!has_key(place.head, space, key) || same_kind(place.head[1], type))
            continue;
        espbak_fail(err, ESPBAK_E_USAGE, "%s is of the type %s, not %s", key, espbak_nvs_type_name(place.head[1]),
                    espbak_nvs_type_name(type));
        espbak_error_hint(err, "its program would not find it under another type; delete it first if that is meant");
        return err->status;
    }
    return err->status;
}

static espbak_status set(espbak_nvs_edit *edit, const espbak_nvs_setting *wanted, espbak_error *err)
{
    uint8_t space = 0, unused = 0, was;
    if (check_value(edit, wanted->type, wanted->value, wanted->size, err) != ESPBAK_OK ||
        find_space(edit, wanted->space, &space, &unused, err) != ESPBAK_OK)
        return err->status;
    if (space == 0) {
        space = unused;
        if (make_space(edit, wanted->space, unused, err) != ESPBAK_OK)
            return err->status;
    } else if (refuse_other_type(edit, space, wanted->key, wanted->type, err) != ESPBAK_OK ||
               erase_key(edit, space, wanted->key, &was, err) != ESPBAK_OK) {
        return err->status;
    }
    return put_value(edit, space, wanted->key, wanted->type, wanted->value, wanted->size, err);
}

static espbak_status delete(espbak_nvs_edit *edit, const espbak_nvs_setting *wanted, espbak_error *err)
{
    uint8_t space = 0, unused, was = 0;
    if (find_space(edit, wanted->space, &space, &unused, err) != ESPBAK_OK ||
        (space != 0 && erase_key(edit, space, wanted->key, &was, err) != ESPBAK_OK))
        return err->status;
    if (was != 0)
        return ESPBAK_OK;
    return espbak_fail(err, ESPBAK_E_FILE, "there is no %s", space == 0 ? "such namespace" : "such key");
}

espbak_status espbak_nvs_edit_apply(espbak_nvs_edit *edit, const espbak_nvs_setting *wanted, espbak_error *err)
{
    espbak_error own = {0};
    espbak_status status = check_name(wanted->space, "the name of the namespace", &own);
    if (status == ESPBAK_OK)
        status = check_name(wanted->key, "the name of the key", &own);
    if (status == ESPBAK_OK)
        status = wanted->type == ESPBAK_NVS_NOTHING ? delete (edit, wanted, &own) : set(edit, wanted, &own);
    if (status != ESPBAK_OK) {
        espbak_error_prefix(&own, "%s.%s", wanted->space, wanted->key);
        if (err != NULL)
            *err = own;
    }
    return status;
}
